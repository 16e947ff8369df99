/// What `driverctl status` says: the driver that is loaded, the init that loaded it, its users.
#pragma once

#include "gpu/holders.h"
#include "host/kernel/module.h"
#include "loader/state.h"

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <string>
#include <sys/types.h>
#include <vector>

namespace driverctl {

struct StatusReport {
    std::vector<host::LoadedModule> modules; ///< empty: the driver is not loaded
    std::optional<loader::NodeState> state;  ///< that an init left
    bool alive = false;                      ///< that init still runs
    std::set<pid_t> daemons;                 ///< those of the state that still run
    gpu::Holders holders;
};

/// docs/schemas/status.schema.json
nlohmann::ordered_json toJson(const StatusReport& report);
std::string toText(const StatusReport& report);

} // namespace driverctl
