#include "gpu/host_modules.h"

#include "gpu/functions.h"
#include "host/base/error.h"
#include "host/base/file.h"
#include "host/kernel/character_devices.h"

#include <algorithm>
#include <fmt/format.h>

namespace gpu {

std::optional<host::ModuleTree> openModuleTree(const std::filesystem::path& directory) {
    try {
        return std::optional<host::ModuleTree>(directory);
    } catch (const host::Error&) { // it has no modules
        return std::nullopt;
    }
}

bool isLoaded(const std::string& module, const host::Roots& roots) {
    std::string name = module;
    std::ranges::replace(name, '-', '_');
    if (host::loadedModule(name, roots.sys)) {
        return true;
    }
    const auto devices =
        host::parseCharacterDevices(host::readFileIfExists(roots.proc / "devices").value_or(""));
    return devices.contains(module) || (module == "nvidia" && devices.contains("nvidia-frontend"));
}

void requireModules(std::span<const std::string> modules, host::ModuleTree* tree,
                    host::NodeActions& actions, const host::Roots& roots) {
    for (const std::string& module : modules) {
        if (isLoaded(module, roots)) {
            continue;
        }
        requireNvidiaFunctions(roots.sys);
        if (tree == nullptr || !tree->has(module)) {
            throw host::Error(
                fmt::format("module {} is not loaded{}", module,
                            tree == nullptr ? "" : ", and the host's own modules have none"),
                "Load the driver with {command:init}.");
        }
        actions.insertFromTree(*tree, module);
    }
}

} // namespace gpu
