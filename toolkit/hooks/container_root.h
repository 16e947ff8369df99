/// A container's root file system, as a hook reads and changes it while the container is made.
///
/// Whoever made the image, or shares a volume with the container, may lay traps in it and move them
/// meanwhile. So everything is done on descriptors that host::Rooted opened inside the root;
/// nothing is written that lies on a mount of its own, such as a volume of somebody's, but in the
/// /dev that the runtime makes for the container; what is read is a regular file; a name gets its
/// new content by rename, and nobody's file goes for a link.
/// Doing a thing twice is doing it once. Throws host::SystemError that names the path.
#pragma once

#include "host/base/rooted.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <sys/stat.h>
#include <vector>

namespace toolkit {

class ContainerRoot {
  public:
    /// Opens it. The root of the host is refused: a container that has it has the host's files, and
    /// gets no others.
    explicit ContainerRoot(const std::filesystem::path& root);

    enum class Link {
        Placed, ///< or it was there
        Kept,   ///< there is something else that is no link
    };
    /// The symbolic link, in directories that are made when they are missing; another link of the
    /// name is replaced. `target` may say anything: nobody here follows it.
    Link placeLink(const std::filesystem::path& link, const std::string& target) const;

    /// The file, mode 0644, likewise; it replaces whatever has the name but a directory.
    void placeFile(const std::filesystem::path& file, std::string_view content) const;

    /// Where `what`, a file or a directory, shall be mounted: what has the name, else an empty one
    /// that is made. No descriptor where it is mounted already. A symbolic link is refused, and a
    /// directory for a file, and what somebody else has mounted there.
    [[nodiscard]] host::Fd mountPoint(const std::filesystem::path& place,
                                      const struct stat& what) const;

    /// The regular file, by way of links or not, to be read; no descriptor for anything else.
    /// Needs /proc.
    [[nodiscard]] host::Fd openFile(const std::filesystem::path& file) const;
    /// All of it; nothing where openFile() has no descriptor.
    [[nodiscard]] std::optional<std::string> read(const std::filesystem::path& file,
                                                  std::size_t limit) const;

    /// Refuses a place on a mount of which others have copies that change with it ("shared", as a
    /// volume of the host's may be): what is mounted there would be mounted in theirs. Needs /proc.
    void requireUnshared(const host::Fd& place, const std::filesystem::path& inside) const;

    [[nodiscard]] bool isDirectory(const std::filesystem::path& inside) const;

    [[nodiscard]] const host::Rooted& tree() const noexcept { return tree_; }

  private:
    /// Of the container's own /dev: in memory, and not the host's. Nothing: it has none.
    [[nodiscard]] std::optional<std::uint64_t> mountOfDevices() const;
    [[nodiscard]] host::Fd directory(const std::filesystem::path& inside) const;
    [[nodiscard]] host::Fd directoryToChange(const std::filesystem::path& inside) const;

    host::Rooted tree_;
    std::uint64_t mount_; ///< that it is a part of
};

} // namespace toolkit
