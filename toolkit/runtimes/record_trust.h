/// Whether a record may be believed: taking back deletes and overwrites what it names.
///
/// Private to this folder and its tests.
#pragma once

#include "toolkit/runtimes/config_files.h"
#include "toolkit/runtimes/record.h"

#include <filesystem>
#include <string>
#include <vector>

namespace toolkit::runtimes {

/// Throws Error (Fault::Usage) where the record of that path names a file that is not one of
/// `planned`, or a directory that none of them lies in; and, asked by root, where somebody owns the
/// record who does not own all of these files, with their copies and directories.
void requireTrusted(const Record& record, const std::filesystem::path& path,
                    const std::string& name, const std::vector<std::filesystem::path>& planned,
                    const ConfigFiles& files);

} // namespace toolkit::runtimes
