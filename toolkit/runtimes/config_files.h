/// The files of a node, by the paths that its daemons know them by, as they are read for a
/// configuration.
///
/// Owns no file. A tree other than / can stand for the node's. Everything throws Error: what is
/// there and cannot be read, or is a link to nowhere, is Fault::Usage.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace toolkit::runtimes {

class ConfigFiles {
  public:
    /// Larger than any such file that people write; `containerd config default` has 10 KiB.
    static constexpr std::size_t kLargest = 1 << 20;
    /// A record has the texts of all files of a configuration, as JSON writes them.
    static constexpr std::size_t kLargestRecord = 16 * kLargest;

    explicit ConfigFiles(std::filesystem::path root = "/") : root_(std::move(root)) {}

    /// Nothing where no file is.
    [[nodiscard]] std::optional<std::string> read(const std::filesystem::path& file,
                                                  std::size_t limit = kLargest) const;
    /// The paths of the files of a directory, sorted; none where there is no directory.
    [[nodiscard]] std::vector<std::filesystem::path>
    list(const std::filesystem::path& directory) const;
    /// The files that containerd takes such a path for, sorted: with a star in it each part is a
    /// pattern of fnmatch(3).
    [[nodiscard]] std::vector<std::filesystem::path>
    matching(const std::filesystem::path& pattern) const;
    /// As this process sees it.
    [[nodiscard]] std::filesystem::path onHost(const std::filesystem::path& path) const;

  private:
    [[nodiscard]] std::vector<std::filesystem::path>
    entriesLike(const std::filesystem::path& pattern,
                const std::vector<std::filesystem::path>& directories) const;

    std::filesystem::path root_;
};

/// containers.conf(5) in the order in which podman reads its files, of which any may be missing:
/// each folder's, and its drop-ins but for the first folder's, which is the distribution's.
std::vector<std::filesystem::path>
containersConfFiles(const std::vector<std::filesystem::path>& folders,
                    const ConfigFiles& files = ConfigFiles());

} // namespace toolkit::runtimes
