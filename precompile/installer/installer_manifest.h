/// The file .manifest of NVIDIA's driver packages, by which its installer knows what each file is.
///
/// Eight lines of which the second is the driver's version; then a line a file or link, up to an
/// empty one: name, mode, type, and words that depend on the type. Read strictly: an unknown type,
/// a word too many or too few, an unsafe name or path are an Error with Fault::Verification that
/// names the line. The words of a type that is left out are not looked at.
#pragma once

#include "precompile/installer/file_type.h"

#include <string>
#include <string_view>
#include <vector>

namespace precompile {

struct ManifestEntry {
    std::string file;  ///< in the package; of a link: its name there
    unsigned mode = 0; ///< of a file
    const FileType* type = nullptr;
    bool isCompat32 = false;
    std::string path;   ///< relative, without a slash at either end; may be empty
    std::string target; ///< of a link: a file's name
};

struct InstallerManifest {
    std::string driver; ///< "535.261.03"
    std::vector<ManifestEntry> entries;
};

/// `origin` names it in errors.
InstallerManifest readInstallerManifest(std::string_view text, const std::string& origin);

} // namespace precompile
