/// What taking a configuration back makes of its files, as values: nothing is written here.
///
/// Private to this folder and its tests. Throws as EditedDocument.
#pragma once

#include "toolkit/runtimes/record.h"
#include "toolkit/runtimes/runtime_files.h"

#include <filesystem>
#include <string>
#include <vector>

namespace toolkit::runtimes {

struct Removal {
    std::vector<FileChange> changes; ///< in the order of writing
    std::vector<std::string> warnings = {};
    std::vector<std::filesystem::path> kept = {}; ///< have something of ours left: copies stay
};

/// `name` is the one that copies are named after.
Removal planRemoval(const Record& record, const std::string& name, const ConfigFiles& files);

/// Throws Error (Fault::Usage) with the place where the files as they would be name the runtime as
/// the default one, and none of them has it: the daemon would not start.
void requireDefaultIsThere(const Removal& removal, const std::string& runtime,
                           const DefaultRuntime& keys, const ConfigFiles& files);

} // namespace toolkit::runtimes
