/// A file that appears whole, under its name, or not at all.
///
/// Owns a file without a name (O_TMPFILE) on the file system of `path`, so that a kill at any
/// moment leaves nothing; where the file system has no such files, and for the moment in which
/// commit() names it, it is a temporary one beside `path` that the next AtomicFile in that
/// directory removes (abandoned.h). commit() syncs, and replaces what has the name. Everything
/// throws SystemError, but for a device or a pipe of that name, which is Error(Fault::Usage).
#pragma once

#include "host/base/fd.h"

#include <filesystem>
#include <string>

namespace host {

class AtomicFile {
  public:
    /// The directory of `path` has to exist.
    explicit AtomicFile(std::filesystem::path path);
    AtomicFile(const AtomicFile&) = delete;
    AtomicFile& operator=(const AtomicFile&) = delete;
    AtomicFile(AtomicFile&&) = delete;
    AtomicFile& operator=(AtomicFile&&) = delete;
    ~AtomicFile();

    /// Where the content is written.
    [[nodiscard]] int fd() const noexcept { return fd_.get(); }

    void commit(unsigned mode);

    /// commit() with the mode of another file and, as far as this process may and this file system
    /// has them, its owner, its access control list, its label (SELinux, Smack) and the attributes
    /// of users (user.*). For a list that cannot be kept the owning group loses all access: its
    /// bits of the mode say what the list allows at most. Not kept is what speaks of the content
    /// (capabilities, signatures of IMA and EVM) or belongs to the file system (trusted.*, flags of
    /// chattr(1), project quota), nor are further hard links.
    void commitLike(const std::filesystem::path& other);

  private:
    void name();
    void publish();

    std::filesystem::path path_;
    std::filesystem::path directory_;
    std::string temporary_; ///< empty: the file has no name
    Fd fd_;
};

} // namespace host
