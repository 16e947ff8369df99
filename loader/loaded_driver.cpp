#include "loader/loaded_driver.h"

#include "gpu/pods.h"
#include "host/base/error.h"
#include "host/base/file.h"
#include "host/process/signals.h"
#include "loader/checks/host_drivers.h"

#include <algorithm>
#include <fmt/format.h>
#include <thread>

namespace loader {

namespace {

/// Unloaded with the driver; in the usual order, which counts among modules without holders.
constexpr const char* kModules[] = {"nvidia_drm",     "nvidia_fs",  "nvidia_vgpu_vfio", "gdrdrv",
                                    "nvidia_peermem", "nvidia_uvm", "nvidia_modeset",   "nvidia"};

std::set<std::string> moduleNames() {
    return {std::begin(kModules), std::end(kModules)};
}

/// True when none of `left` uses the module.
bool isFree(const host::LoadedModule& module, const std::vector<host::LoadedModule>& left) {
    return std::ranges::none_of(left, [&](const host::LoadedModule& other) {
        return std::ranges::find(module.holders, other.name) != module.holders.end();
    });
}

/// References that stem from neither a module nor from one of the daemons in `except`.
bool hasStrayReferences(const host::LoadedModule& module, bool daemons) {
    const bool countsDaemons = daemons && module.name == "nvidia";
    return !countsDaemons && module.references > static_cast<std::int64_t>(module.holders.size());
}

void namePods(std::vector<gpu::ProcessHolder>& processes, const host::Roots& roots) {
    const bool pods =
        !std::ranges::all_of(processes, &std::string::empty, &gpu::ProcessHolder::pod);
    const auto host = pods ? hostRoot(roots) : std::nullopt;
    if (!host) {
        return;
    }
    const auto names = gpu::podNames(*host);
    for (auto& process : processes) {
        if (const auto name = names.find(process.pod); name != names.end()) {
            process.podName = name->second;
        }
    }
}

} // namespace

std::vector<host::LoadedModule> loadedDriver(const std::filesystem::path& sys) {
    std::vector<host::LoadedModule> left;
    for (const char* name : kModules) {
        if (auto module = host::loadedModule(name, sys)) {
            left.push_back(std::move(*module));
        }
    }
    std::vector<host::LoadedModule> ordered;
    while (!left.empty()) {
        auto next =
            std::ranges::find_if(left, [&](const auto& module) { return isFree(module, left); });
        next = next == left.end() ? left.begin() : next; // a cycle: the kernel has none
        ordered.push_back(std::move(*next));
        left.erase(next);
    }
    return ordered;
}

void waitUntilSettled(host::SignalSet* stop, std::chrono::milliseconds limit,
                      const std::filesystem::path& sys) {
    constexpr std::chrono::milliseconds kPoll{100};
    for (const char* name : kModules) {
        const auto file = sys / "module" / name / "initstate";
        auto waited = kPoll;
        for (; host::readLineIfExists(file).value_or("live") != "live" && waited < limit;
             waited += kPoll) {
            host::throwIfPending(stop);
            std::this_thread::sleep_for(kPoll);
        }
        if (waited >= limit) {
            throw host::Error(
                fmt::format("module {} is {}, and does not get any further", name,
                            host::readLineIfExists(file).value_or("gone")),
                "Look into the kernel log: it may have crashed, and only a reboot helps then.");
        }
    }
}

gpu::Holders usersOfDriver(const std::set<pid_t>& except, const host::Roots& roots) {
    gpu::Holders holders = gpu::findHolders(moduleNames(), except, roots.proc, roots.sys);
    namePods(holders.processes, roots);
    if (holders.processes.empty()) {
        for (const auto& module : loadedDriver(roots.sys)) {
            if (hasStrayReferences(module, !except.empty())) {
                holders.unseen.push_back(
                    fmt::format("{} has {} references", module.name, module.references));
            }
        }
    }
    return holders;
}

void requireUnused(const std::set<pid_t>& except, const host::Roots& roots) {
    const gpu::Holders holders = usersOfDriver(except, roots);
    if (!holders.empty()) {
        throw host::Error(host::Fault::InUse, "the driver is in use: " + describe(holders),
                          "Stop these first; nothing was changed.");
    }
}

void removeModule(host::NodeActions& actions, const std::string& name) {
    try {
        actions.removeModule(name);
    } catch (const host::SystemError& error) {
        if (error.code() == ENOENT) {
            return;
        }
        const bool busy = error.code() == EWOULDBLOCK || error.code() == EBUSY;
        throw host::Error(busy ? host::Fault::InUse : host::Fault::Failed, error.what(),
                          "Stop the programs that use the GPU.");
    }
}

void removeLoadedDriver(host::NodeActions& actions, const std::function<void()>& putBack,
                        const host::Roots& roots) {
    requireUnused({}, roots);
    try {
        for (const auto& module : loadedDriver(roots.sys)) {
            removeModule(actions, module.name);
        }
    } catch (const host::Error& error) {
        std::string said = error.what();
        try {
            putBack();
        } catch (const host::Error& other) {
            said += fmt::format("; and what was removed is not back: {}", other.what());
        }
        throw host::Error(error.fault(), said, error.remedy());
    }
}

} // namespace loader
