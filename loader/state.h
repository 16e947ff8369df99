/// What init knows of the node: `<run>/driverctl/state.json`, written atomically at every step,
/// read by status, probe, plan and the next init.
///
/// It is of this boot and of a live process only when bootId and the process' start time say so.
#pragma once

#include "host/base/observer.h"
#include "host/kernel/node_actions.h"
#include "host/process/process_identity.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace loader {

enum class Phase {
    Starting,
    Ready,
    Stopping,
    Kept, ///< init has ended, the driver stays (--keep-loaded)
};
std::string_view toString(Phase phase);

/// The step after which the wanted modules are in the kernel: adoption looks for it in the record.
constexpr const char* kLoadStep = "load the kernel modules";

struct NodeState {
    struct Step {
        std::string name;
        std::int64_t start = 0; ///< milliseconds since the epoch
        std::int64_t milliseconds = 0;
        std::string result; ///< "running", "done", or an error
    };
    struct Module {
        std::string name; ///< "nvidia-uvm"
        std::string parameters;
    };
    struct Daemon {
        std::string name;
        host::ProcessIdentity process; ///< pid 0: not running
        unsigned restarts = 0;
    };
    std::string bootId;
    host::ProcessIdentity process; ///< init
    Phase phase = Phase::Starting;
    std::int64_t since = 0; ///< of the phase, seconds since the epoch
    bool adopted = false;   ///< the driver was loaded already and was left as it was
    std::string package;
    std::string packageSha256;
    std::string sources; ///< the driver's source directory, in init's container
    std::string driver;
    std::string flavour;
    std::string kernel;
    std::string configDigest;        ///< DRIVER_CONFIG_DIGEST
    std::string foreignFirmwarePath; ///< set by somebody else and respected
    std::vector<Module> modules;
    std::vector<Daemon> daemons;
    std::vector<std::filesystem::path> nodes;     ///< device nodes that the driver needs
    std::vector<std::filesystem::path> madeNodes; ///< nodes and links that init has made
    std::vector<std::filesystem::path>
        containerFiles;            ///< what containers are told (container_access.h)
    std::filesystem::path toolkit; ///< where programs for container runtimes are; empty: nowhere
    std::vector<Step> steps;
};

std::filesystem::path stateFile(const std::filesystem::path& runDirectory);

void writeState(host::NodeActions& actions, const std::filesystem::path& runDirectory,
                const NodeState& state);
/// Nothing when there is none. A damaged file is host::Error.
std::optional<NodeState> readState(const std::filesystem::path& runDirectory);
/// As readState, but a damaged record is a warning and counts as none.
std::optional<NodeState> lastState(const std::filesystem::path& runDirectory,
                                   const host::Observer& observer);
void removeState(host::NodeActions& actions, const std::filesystem::path& runDirectory);

/// True when the process that wrote the state still runs.
bool isAlive(const NodeState& state, const std::filesystem::path& proc = "/proc");

} // namespace loader
