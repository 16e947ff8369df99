/// What `driverctl runtime configure` says: the changes of files, as differences.
#pragma once

#include "toolkit/runtimes/configure.h"

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace driverctl {

struct RuntimeChanges {
    bool dryRun = false;
    toolkit::runtimes::Outcome outcome;
};

/// docs/schemas/runtime-configure.schema.json
nlohmann::ordered_json toJson(const RuntimeChanges& report);
/// As `diff -u` has it, for patch(1); empty when nothing changes.
std::string toText(const RuntimeChanges& report);

} // namespace driverctl
