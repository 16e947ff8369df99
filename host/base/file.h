/// Whole files, atomic replacement, temporary directories.
///
/// Guarantees: a file written here is either its old or its new content, never part of it, also
/// after power loss; a TempDir is gone when its owner is. Files are read, never mapped: whoever
/// truncates one meanwhile gives us fewer bytes, and no SIGBUS. Everything throws SystemError
/// naming the path.
#pragma once

#include "host/base/fd.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace host {

/// Reads at most `limit` bytes; a longer file is an Error (sizes in /proc and /sys are unknown
/// beforehand).
std::string readFile(const std::filesystem::path& path, std::size_t limit = 64 << 20);

/// Opens a file that may be nothing but a regular one, such as a record of our own: what else lies
/// there is an Error. A pipe is not waited for.
Fd openRegularFile(const std::filesystem::path& path, int flags, unsigned mode = 0644);

/// As openRegularFile, for reading; no descriptor where the file does not exist.
Fd openRegularFileIfExists(const std::filesystem::path& path);

/// As readFile and readFileIfExists, of a regular file.
std::string readRegularFile(const std::filesystem::path& path, std::size_t limit);
std::optional<std::string> readRegularFileIfExists(const std::filesystem::path& path,
                                                   std::size_t limit);

/// As readRegularFileIfExists, with blanks and newlines at both ends removed: for files of one line
/// that programs leave, such as a pid file. At most 4 KiB.
std::optional<std::string> readRegularLineIfExists(const std::filesystem::path& path);

/// As readFile, from a descriptor's position on; `path` names it in errors.
std::string readWhole(const Fd& fd, const std::filesystem::path& path,
                      std::size_t limit = 64 << 20);

/// The same of a descriptor that is not this program's to close.
std::string readInput(int fd, std::string_view object, std::size_t limit);

/// Nothing where the file does not exist.
std::optional<std::string> readFileIfExists(const std::filesystem::path& path,
                                            std::size_t limit = 64 << 20);

/// As readFileIfExists, with blanks and newlines at both ends removed: for one-line files of /proc
/// and /sys.
std::optional<std::string> readLineIfExists(const std::filesystem::path& path);

/// Takes a file's bytes in pieces, in order.
using ByteSink = std::function<void(std::span<const std::byte>)>;

/// Reads from the descriptor's position to the end; `object` names it in errors.
void readPieces(const Fd& fd, std::string_view object, const ByteSink& sink);

/// Writes the file through an AtomicFile. `path`'s directory has to exist.
void writeFileAtomic(const std::filesystem::path& path, std::string_view content,
                     unsigned mode = 0644);

/// The file that `path` leads to by links; `path` itself where there is no file yet. A link to what
/// does not exist, or to itself, is an Error.
std::filesystem::path linkTarget(const std::filesystem::path& path);

/// As writeFileAtomic, for files that belong to people: one that is there keeps what
/// AtomicFile::commitLike() takes of it, and the symbolic links to it.
void replaceFile(const std::filesystem::path& path, std::string_view content);

/// Copies a regular file; `to` appears as with writeFileAtomic.
void copyFileAtomic(const std::filesystem::path& from, const std::filesystem::path& to);

/// Writes into an existing file of /proc or /sys, in one write(2).
void writeKernelFile(const std::filesystem::path& path, std::string_view value);

void syncDirectory(const std::filesystem::path& directory);

/// std::filesystem::file_size, with a SystemError.
std::uint64_t fileSize(const std::filesystem::path& path);

/// Bytes that an unprivileged writer may still use on the file system of `path`.
std::uint64_t freeSpace(const std::filesystem::path& path);

/// A fresh directory `<parent>/<prefix>tmp-XXXXXX`, removed with all its content by the destructor
/// (errors there are swallowed: a left-over temporary directory never hides the first error). What
/// a killed process left there is removed first (abandoned.h).
class TempDir {
  public:
    TempDir(const std::filesystem::path& parent, std::string_view prefix);
    TempDir(TempDir&& other) noexcept;
    TempDir& operator=(TempDir&&) = delete;
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;
    ~TempDir();
    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

  private:
    std::filesystem::path path_;
    Fd lock_;
};

} // namespace host
