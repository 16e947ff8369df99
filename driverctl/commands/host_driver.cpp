#include "driverctl/commands/host_driver.h"

#include "driverctl/report/log.h"
#include "driverctl/report/remedy.h"
#include "gpu/device_nodes.h"
#include "gpu/host_modules.h"
#include "host/kernel/running_kernel.h"

namespace driverctl {

void requireDriver(std::vector<std::string> modules, bool mayLoad, host::NodeActions& actions) {
    auto tree = mayLoad ? gpu::openModuleTree(host::moduleTreeOf(host::runningKernel().release))
                        : std::nullopt;
    if (modules.empty()) {
        modules = {"nvidia"};
        for (const char* module : {"nvidia-uvm", "nvidia-modeset"}) {
            if (tree && tree->has(module)) {
                modules.emplace_back(module);
            }
        }
    }
    gpu::requireModules(modules, tree ? &*tree : nullptr, actions);
}

void loadHostDriver(const std::filesystem::path& dev) {
    host::NodeActions& actions = host::systemNodeActions();
    try {
        requireDriver({}, true, actions);
        for (const host::DeviceNode& node : gpu::planDeviceNodes({}, "/proc", dev)) {
            actions.makeDeviceNode(node);
        }
    } catch (const host::Error& error) {
        logWarning(tell(error));
    }
}

} // namespace driverctl
