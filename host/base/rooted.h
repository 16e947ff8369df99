/// A directory taken as the root of paths: a driver root, or a container's file system.
///
/// Owns a descriptor of the directory, which stays the root whatever is renamed or mounted over it.
/// Paths are those that somebody sees whose / it is; relative ones mean the same. Symbolic links,
/// absolute ones too, and ".." are followed inside it: nothing that lies in it leads out of it
/// (openat2(2) with RESOLVE_IN_ROOT and RESOLVE_NO_MAGICLINKS; Linux 5.6). Mounts inside it count
/// as its own. A name says nothing for longer than its owner wants: where the owner may be hostile,
/// act on descriptors. Throws SystemError that names the path as this process sees it.
#pragma once

#include "host/base/fd.h"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace host {

class Rooted {
  public:
    explicit Rooted(std::filesystem::path directory);
    /// `directory` may be of open(O_PATH); `path` names it in errors.
    Rooted(Fd directory, std::filesystem::path path);

    /// openat2(2) with O_CLOEXEC added, and with O_NONBLOCK and O_NOCTTY unless it is O_PATH: a
    /// pipe or a terminal stops nobody. Who creates gives flags that do not follow a last link.
    [[nodiscard]] Fd open(const std::filesystem::path& inside, int flags, unsigned mode = 0) const;
    /// No descriptor where nothing is that this process may reach: no such file, a link to nowhere
    /// or in a circle, no permission, a socket.
    [[nodiscard]] Fd openIfThere(const std::filesystem::path& inside, int flags) const;

    /// The path without any link, from this root: "/usr/lib/libcuda.so.535.261.03" for
    /// "/lib/libcuda.so.1". Nothing as for openIfThere(). Needs /proc.
    [[nodiscard]] std::optional<std::filesystem::path>
    resolve(const std::filesystem::path& inside) const;
    [[nodiscard]] bool exists(const std::filesystem::path& inside) const;

    /// What a directory holds, sorted; empty where there is no such directory. More than `limit`
    /// names are an Error: an image's directory may have millions.
    [[nodiscard]] std::vector<std::string> names(const std::filesystem::path& directory,
                                                 std::size_t limit = 1 << 16) const;
    /// A whole file, which may have `limit` bytes; nothing as for openIfThere().
    [[nodiscard]] std::optional<std::string> read(const std::filesystem::path& file,
                                                  std::size_t limit) const;

    [[nodiscard]] int fd() const noexcept { return directory_.get(); }
    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
    /// As this process sees it: for what is printed or mounted, not for what is opened.
    [[nodiscard]] std::filesystem::path onHost(const std::filesystem::path& inside) const {
        return path_ / inside.relative_path();
    }

  private:
    std::filesystem::path path_;
    Fd directory_;
};

/// What the link of that name in an open directory leads to; nothing where there is none.
std::optional<std::string> linkIn(const Fd& directory, const std::string& name);

} // namespace host
