/// Which of NVIDIA's daemons a node needs, as values: decided by what the node has and what was
/// asked for.
///
/// daemonsFor() reads /proc, /sys and the parameter directory, below roots that tests choose. Paths
/// and options are those of NVIDIA's packages and of its driver container.
#pragma once

#include "host/base/roots.h"
#include "host/kernel/node_actions.h"
#include "loader/daemons/daemon.h"
#include "loader/life_settings.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace loader {

/// vGPU's, in the parameter directory.
inline constexpr std::string_view kLicenceFiles[] = {"gridd.conf", "ClientConfigToken"};

struct DaemonWishes {
    Persistence persistence = Persistence::Required;
    bool imex = false;
    std::vector<std::string> fabricConfig = {}; ///< fabricManager() reads them
    std::filesystem::path parameters;           ///< holds gridd.conf where vGPU is licensed
};

/// In the order in which they start. The driver has to be loaded: nvidia tells of the NVSwitches.
std::vector<DaemonSpec> daemonsFor(const DaemonWishes& wishes, const host::Roots& roots = {});

/// Writes what the daemons read: the configuration that each one's row holds, and vGPU's licence
/// files, which a ConfigMap brings and nvidia-gridd reads in /etc/nvidia.
void writeConfigurations(const std::vector<DaemonSpec>& daemons, const DaemonWishes& wishes,
                         host::NodeActions& actions, const host::Roots& roots = {});

} // namespace loader
