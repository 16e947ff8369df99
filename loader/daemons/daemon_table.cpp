#include "loader/daemons/daemon_table.h"

#include "host/base/directories.h"
#include "host/base/error.h"
#include "host/base/file.h"

namespace loader {

namespace {

const std::filesystem::path kFabricConfig = "/usr/share/nvidia/nvswitch/fabricmanager.cfg";
const std::filesystem::path kFabricPid = "/var/run/nvidia-fabricmanager/nv-fabricmanager.pid";
constexpr const char* kFabricRemedy =
    "Install the fabric manager of exactly the driver's version into the image, with its "
    "configuration.";
constexpr std::size_t kLargestVpd = 32 << 10; ///< PCI 3.0, appendix I

DaemonSpec persistenced(bool required) {
    return {.name = "nvidia-persistenced",
            .argv = {"nvidia-persistenced", "--persistence-mode"},
            .pidFile = "/var/run/nvidia-persistenced/nvidia-persistenced.pid",
            .required = required,
            .remedy = "Look at the kernel log for the GPU's state; {persistence} optional goes on "
                      "without the daemon."};
}

/// NVLink 5: the switches are managed through an InfiniBand device that calls itself SW_MNG.
bool hasManagedSwitch(const std::filesystem::path& sys) {
    for (const auto& device : host::entriesOf(sys / "class/infiniband")) {
        try {
            const auto vpd = host::readFileIfExists(device / "device/vpd", kLargestVpd);
            if (vpd && vpd->find("SW_MNG") != std::string::npos) {
                return true;
            }
        } catch (const host::Error&) {
            continue; // a device without readable VPD manages no switch
        }
    }
    return false;
}

DaemonSpec fabricManager() {
    return {.name = "nv-fabricmanager",
            .argv = {"nv-fabricmanager", "-c", kFabricConfig},
            .pidFile = kFabricPid,
            .remedy = kFabricRemedy};
}

DaemonSpec fabricManagerNvlink5() {
    return {.name = "nv-fabricmanager",
            .argv = {"nvidia-fabricmanager-start.sh", "--mode", "start", "--fm-config-file",
                     kFabricConfig, "--fm-pid-file", kFabricPid, "--nvlsm-config-file",
                     "/usr/share/nvidia/nvlsm/nvlsm.conf", "--nvlsm-pid-file",
                     "/var/run/nvidia-fabricmanager/nvlsm.pid"},
            .pidFile = kFabricPid,
            .remedy = kFabricRemedy};
}

} // namespace

std::vector<DaemonSpec> daemonsFor(const DaemonWishes& wishes, const host::Roots& roots) {
    std::vector<DaemonSpec> daemons;
    if (wishes.persistence != Persistence::Off) {
        daemons.push_back(persistenced(wishes.persistence == Persistence::Required));
    }
    if (hasManagedSwitch(roots.sys)) {
        daemons.push_back(fabricManagerNvlink5());
    } else if (!host::entriesOf(roots.proc / "driver/nvidia-nvswitch/devices").empty()) {
        daemons.push_back(fabricManager());
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

} // namespace loader
