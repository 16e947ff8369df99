/// Files and links that are on their way into a root: made in a temporary directory of that root,
/// by the places that they will have, and then moved there.
///
/// Owns the temporary directory; a killed process's is removed by the next Staging in that root.
/// Directories of the root that are missing are made, with mode 0755; links in the root are
/// followed inside it. What the root has in such a place is left alone or replaced by the same:
/// anything else is an Error before anything is moved. Everything else is a SystemError that names
/// the path.
#pragma once

#include "host/archive/archive.h"
#include "host/base/file.h"
#include "host/base/rooted.h"
#include "precompile/installer/layout.h"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace precompile {

class Staging {
  public:
    explicit Staging(const std::filesystem::path& root);

    /// `produce` hands the file's bytes to its argument.
    void addFile(const PlacedFile& file,
                 const std::function<void(const host::MemberSink&)>& produce);
    void addLink(const PlacedLink& link);

    /// Throws Error when the root has something else in one of the places.
    void requireSameOrNothing(const std::vector<std::filesystem::path>& places) const;
    /// Throws Error when one of the places' directories is something else, a link to nowhere too,
    /// or when a file system is mounted over it: nothing can be moved there.
    void requireDirectories(const std::vector<std::filesystem::path>& places) const;
    /// What is staged is on disk before any of it has its place. A place may be a directory.
    void sync() const;
    void move(const std::filesystem::path& place) const;
    /// Makes a directory of the root where it is missing.
    host::Fd directory(const std::filesystem::path& inside) const;

  private:
    [[nodiscard]] std::filesystem::path staged(const std::filesystem::path& place) const {
        return work_.path() / place;
    }
    void makeParents(const std::filesystem::path& place);
    [[nodiscard]] bool isSameOrNothing(const std::filesystem::path& place) const;
    [[nodiscard]] bool isNothing(const std::filesystem::path& place) const;

    host::Rooted root_;
    host::TempDir work_;
};

} // namespace precompile
