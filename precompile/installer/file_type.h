/// What NVIDIA's .manifest calls a file, and where a driver root has files of this type: a table.
#pragma once

#include <string_view>

namespace precompile {

/// What stands between type and link target in a line of the manifest.
enum class TypeWords { None, Architecture, Path, ArchitecturePath, InheritedPath };

struct FileType {
    std::string_view name; ///< "CUDA_LIB"; that of a link ends in _SYMLINK
    TypeWords words = TypeWords::None;
    /// Relative to the root, with <lib>, <firmware> and <path>, which the line says; empty: left
    /// out.
    std::string_view directory = {};
    /// Of links that lead to another directory: which one.
    std::string_view targetDirectory = {};

    [[nodiscard]] bool isLink() const { return name.ends_with("_SYMLINK"); }
    [[nodiscard]] bool isPlaced() const { return !directory.empty(); }
};

/// Nothing for a type that nobody knows.
const FileType* findFileType(std::string_view name);

} // namespace precompile
