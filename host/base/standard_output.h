/// What the program prints on stdout.
///
/// Results are worth nothing when they do not arrive: while a StandardOutput lives, a write to
/// std::cout that fails throws SystemError ("cannot write standard output: No space left on
/// device") out of the call that printed. What is printed is made printable (host/printable.h);
/// newlines stay, so a value from outside that is one field of a line goes through printable().
#pragma once

#include <ios>
#include <memory>
#include <streambuf>
#include <string_view>

namespace host {

class StandardOutput {
  public:
    /// `open` false: nothing that is printed arrives, every write fails.
    explicit StandardOutput(int fd, bool open = true);
    StandardOutput(const StandardOutput&) = delete;
    StandardOutput& operator=(const StandardOutput&) = delete;
    StandardOutput(StandardOutput&&) = delete;
    StandardOutput& operator=(StandardOutput&&) = delete;
    /// Writes what is left of a last line; an error there is swallowed, see finish().
    ~StandardOutput();

    /// Writes what is left of a last line, and asks the file system whether all has arrived. Throws
    /// SystemError.
    void finish();

    /// Prints a document on std::cout: byte for byte into a file or a pipe, made printable on a
    /// terminal, and as any other text where no StandardOutput lives.
    static void printAsItIs(std::string_view document);

  private:
    class Buffer;

    std::unique_ptr<Buffer> buffer_;
    std::streambuf* before_;
    std::ios_base::iostate exceptionsBefore_;
};

} // namespace host
