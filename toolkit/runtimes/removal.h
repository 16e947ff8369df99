/// What taking a configuration back makes of its files, as values: nothing is written here.
///
/// Private to this folder and its tests. Throws as EditedDocument.
#pragma once

#include "host/base/error.h"
#include "toolkit/runtimes/record.h"
#include "toolkit/runtimes/runtime_files.h"

#include <filesystem>
#include <optional>
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

/// Where the files as the changes would leave them name the runtime as the default one, and none of
/// them has it, so that the daemon would not start: a usage Error with the place.
std::optional<host::Error> lackOfDefault(const std::vector<FileChange>& changes,
                                         const std::string& runtime, const DefaultRuntime& keys,
                                         const ConfigFiles& files);

} // namespace toolkit::runtimes
