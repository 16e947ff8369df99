#include "loader/loaded_driver.h"

#include "host/error.h"

#include <algorithm>

namespace loader {

namespace {

/// Of NVIDIA, and unloaded with the driver.
constexpr const char* kModules[] = {"nvidia_drm", "nvidia_peermem", "nvidia_uvm", "nvidia_modeset",
                                    "nvidia"};

std::set<std::string> moduleNames() {
    return {std::begin(kModules), std::end(kModules)};
}

/// References that stem from neither a module nor from one of the daemons in `except`.
bool hasStrayReferences(const host::LoadedModule& module, bool daemons) {
    const bool countsDaemons = daemons && module.name == "nvidia";
    return !countsDaemons && module.references > static_cast<std::int64_t>(module.holders.size());
}

} // namespace

std::vector<host::LoadedModule> loadedDriver(const std::filesystem::path& sys) {
    std::vector<host::LoadedModule> modules;
    for (const char* name : kModules) {
        if (auto module = host::loadedModule(name, sys)) {
            modules.push_back(std::move(*module));
        }
    }
    return modules;
}

void requireUnused(const std::set<pid_t>& except, const std::filesystem::path& proc,
                   const std::filesystem::path& sys) {
    const auto modules = loadedDriver(sys);
    const Holders holders = findHolders(moduleNames(), except, proc, sys);
    std::string users = describe(holders);
    for (const auto& module : modules) {
        if (holders.processes.empty() && hasStrayReferences(module, !except.empty())) {
            users += (users.empty() ? "" : ", ") + module.name + " has " +
                     std::to_string(module.references) +
                     " references, of somebody who is not visible here";
        }
    }
    if (!users.empty()) {
        throw host::Error(host::Fault::InUse, "the driver is in use: " + users,
                          "Stop these first; nothing was changed.");
    }
}

void removeLoadedDriver(host::Kernel& kernel, const std::filesystem::path& proc,
                        const std::filesystem::path& sys) {
    requireUnused({}, proc, sys);
    for (const auto& module : loadedDriver(sys)) {
        kernel.removeModule(module.name);
    }
}

} // namespace loader
