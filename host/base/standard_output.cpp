#include "host/base/standard_output.h"

#include "host/base/error.h"
#include "host/base/fd.h"
#include "host/base/printable.h"

#include <iostream>
#include <string>
#include <unistd.h>

namespace host {

namespace {

constexpr std::string_view kObject = "standard output";

} // namespace

/// Keeps the last, incomplete line: a character that arrives in two pieces is one.
class StandardOutput::Buffer : public std::streambuf {
  public:
    Buffer(int fd, bool open) : fd_(fd), open_(open) {}

    void write(std::string_view text) {
        if (!open_) {
            throwErrno("write", kObject, EBADF);
        }
        writeAll(fd_, text, kObject);
    }

    void writeLines() {
        const auto end = pending_.rfind('\n');
        if (end != std::string::npos) {
            const std::string lines = printableLines(std::string_view(pending_).substr(0, end + 1));
            pending_.erase(0, end + 1);
            write(lines);
        }
    }

    /// File systems of other machines say only at a close that they are full.
    void check() const {
        const int copy = open_ ? ::dup(fd_) : -1;
        if (copy >= 0 && ::close(copy) != 0) {
            throwErrno("write", kObject);
        }
    }

    void writeRest() {
        const std::string rest = printableLines(pending_);
        pending_.clear();
        if (!rest.empty()) {
            write(rest);
        }
    }

    void writeAsItIs(std::string_view document) {
        if (::isatty(fd_) == 1) {
            pending_ += document;
            writeRest();
            return;
        }
        writeRest();
        write(document);
    }

  protected:
    std::streamsize xsputn(const char* text, std::streamsize length) override {
        pending_.append(text, static_cast<std::size_t>(length));
        writeLines();
        return length;
    }
    int_type overflow(int_type character) override {
        if (!traits_type::eq_int_type(character, traits_type::eof())) {
            pending_ += traits_type::to_char_type(character);
            writeLines();
        }
        return traits_type::not_eof(character);
    }

  private:
    int fd_;
    bool open_;
    std::string pending_;
};

StandardOutput::StandardOutput(int fd, bool open)
    : buffer_(std::make_unique<Buffer>(fd, open)), before_(std::cout.rdbuf(buffer_.get())),
      exceptionsBefore_(std::cout.exceptions()) {
    std::cout.exceptions(std::ios_base::badbit); // what the buffer throws leaves the printing call
}

StandardOutput::~StandardOutput() {
    std::cout.exceptions(exceptionsBefore_);
    std::cout.rdbuf(before_); // clears the state, too
    try {
        buffer_->writeRest();
    } catch (const Error&) { // NOLINT(bugprone-empty-catch): as the contract says
    }
}

void StandardOutput::finish() {
    buffer_->writeRest();
    buffer_->check();
}

void StandardOutput::printAsItIs(std::string_view document) {
    if (auto* const buffer = dynamic_cast<Buffer*>(std::cout.rdbuf())) {
        buffer->writeAsItIs(document);
    } else {
        std::cout << document;
    }
}

} // namespace host
