#include "loader/daemons/daemon_table.h"

#include "loader/daemons/fabric_manager.h"

#include <utility>

namespace loader {

namespace {

DaemonSpec persistenced(bool required) {
    return {.name = "nvidia-persistenced",
            .argv = {"nvidia-persistenced", "--persistence-mode"},
            .pidFile = "/var/run/nvidia-persistenced/nvidia-persistenced.pid",
            .required = required,
            .remedy = "Look at the kernel log for the GPU's state; {persistence} optional goes on "
                      "without the daemon."};
}

} // namespace

std::vector<DaemonSpec> daemonsFor(const DaemonWishes& wishes, const host::Roots& roots) {
    std::vector<DaemonSpec> daemons;
    if (wishes.persistence != Persistence::Off) {
        daemons.push_back(persistenced(wishes.persistence == Persistence::Required));
    }
    if (auto fabric = fabricManager(wishes.fabricConfig, roots)) {
        daemons.push_back(std::move(*fabric));
    }
    if (std::filesystem::exists(wishes.parameters / "gridd.conf")) {
        daemons.push_back({.name = "nvidia-topologyd",
                           .argv = {"nvidia-topologyd"},
                           .pidFile = "/var/run/nvidia-topologyd/nvidia-topologyd.pid",
                           .required = false});
        daemons.push_back({.name = "nvidia-gridd",
                           .argv = {"nvidia-gridd"},
                           .pidFile = "/var/run/nvidia-gridd/nvidia-gridd.pid",
                           .remedy = "Check gridd.conf in the parameter directory; vGPU needs "
                                     "NVIDIA's GRID driver."});
    }
    if (wishes.imex) {
        daemons.push_back({.name = "nvidia-imex",
                           .argv = {"nvidia-imex", "-c", "/etc/nvidia-imex/config.cfg"},
                           .pidFile = "/var/run/nvidia-imex/nvidia-imex.pid",
                           .remedy = "Check /etc/nvidia-imex/config.cfg and nodes_config.cfg."});
    }
    return daemons;
}

void writeConfigurations(const std::vector<DaemonSpec>& daemons, const DaemonWishes& wishes,
                         host::NodeActions& actions, const host::Roots& roots) {
    for (const std::string_view name : kLicenceFiles) {
        if (std::filesystem::exists(wishes.parameters / name)) {
            actions.copy(wishes.parameters / name, roots.etc / "nvidia" / name);
        }
    }
    for (const DaemonSpec& daemon : daemons) {
        if (!daemon.configuration.path.empty()) {
            actions.writeFile(daemon.configuration.path, daemon.configuration.content);
        }
    }
}

} // namespace loader
