/// containerd's files as it reads them: the main file, what it imports, and the CRI plugin's
/// settings in them.
///
/// Private to this folder and its tests. Throws as EditedDocument; a template, from which somebody
/// else makes the file, is refused with its place.
#pragma once

#include "toolkit/runtimes/plan.h"
#include "toolkit/runtimes/runtime.h"

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace toolkit::runtimes {

/// A file of containerd's, in a version of its format.
class ContainerdFile : public PlannedFile {
  public:
    ContainerdFile(const ConfigFiles& files, const std::filesystem::path& path);

    /// Nothing where it says none.
    [[nodiscard]] std::optional<std::int64_t> version() const;
    /// The plugin's table, of a file in that version; nothing where there is none.
    [[nodiscard]] const nlohmann::json* cri(int version) const;
};

/// The name of the plugin's table.
std::string criPlugin(int version);

struct ContainerdFiles {
    ContainerdFile main;
    int version; ///< of the main file; of one that is still to be made: what the daemon takes best
    std::vector<ContainerdFile> imported; ///< by it, and by each other, in the order of reading

    /// `daemon` nothing: unknown.
    ContainerdFiles(const ConfigFiles& files, const std::filesystem::path& mainPath,
                    const std::optional<Version>& daemon);

    /// A file that says none is taken for one of the main file's.
    [[nodiscard]] bool isOfMainsVersion(const ContainerdFile& file) const {
        return file.version().value_or(version) == version;
    }
    [[nodiscard]] bool imports(const std::filesystem::path& file) const;
    /// By the order of the imports, and of names within one; what is not imported yet comes
    /// last of what the main file imports.
    [[nodiscard]] bool isReadAfter(const std::filesystem::path& file,
                                   const std::filesystem::path& other) const;
    /// The plugin's settings: those of all files one over the other, as containerd reads them from
    /// 2.1 on, or those of the last file that has some.
    [[nodiscard]] nlohmann::json cri(bool merged) const;
    /// The last file that has such settings; the main file where none has.
    ContainerdFile& homeOfCri();

  private:
    std::vector<std::filesystem::path> patterns_; ///< of all their imports, in that order
    std::size_t ofMain_; ///< so many of them are the main file's, and first
};

} // namespace toolkit::runtimes
