#include "loader/readiness.h"

#include "host/base/file.h"
#include "host/kernel/module.h"
#include "loader/firmware_path.h"
#include "loader/loaded_driver.h"

#include <fmt/format.h>
#include <sys/stat.h>

namespace loader {

namespace {

using Reasons = std::vector<std::string>;

void checkModules(const NodeState& state, const host::Roots& roots, Reasons& reasons) {
    for (const auto& module : state.modules) {
        const auto loaded = host::loadedModule(host::kernelName(module.name), roots.sys);
        if (!loaded) {
            reasons.push_back(fmt::format("module {} is not loaded", module.name));
        } else if (!loaded->version.empty() && loaded->version != state.driver) {
            reasons.push_back(fmt::format("module {} has version {}, not {}", module.name,
                                          loaded->version, state.driver));
        }
    }
}

void checkNodes(const NodeState& state, Reasons& reasons) {
    for (const auto& node : state.nodes) {
        struct stat status {};
        if (::stat(node.c_str(), &status) != 0 || !S_ISCHR(status.st_mode)) {
            reasons.push_back(fmt::format("device node {} is missing", node.string()));
        }
    }
}

void checkDaemons(const NodeState& state, Persistence persistence, const host::Roots& roots,
                  Reasons& reasons) {
    for (const auto& daemon : state.daemons) {
        const bool optional =
            daemon.name == "nvidia-persistenced" && persistence == Persistence::Optional;
        if (!optional && !host::isRunning(daemon.process, roots.proc)) {
            reasons.push_back(fmt::format("{} does not run", daemon.name));
        }
    }
}

void checkRoot(const NodeState& state, const DriverRoot& root, const host::Roots& roots,
               Reasons& reasons) {
    if (!root.isMounted()) {
        reasons.push_back(fmt::format("the driver root {} is not mounted", root.path().string()));
        return;
    }
    if (withoutFirmware(state)) {
        return;
    }
    const auto path =
        host::readLineIfExists(roots.sys / "module/firmware_class/parameters/path").value_or("");
    const auto firmware = root.firmware();
    if (state.foreignFirmwarePath.empty() && path != firmware) {
        reasons.push_back(
            fmt::format("the kernel's firmware path is '{}', not {}", path, firmware.string()));
    }
    if (!std::filesystem::exists(firmware / "nvidia" / state.driver)) {
        reasons.push_back(
            fmt::format("the driver root holds no firmware of driver {}", state.driver));
    }
}

void checkContainerFiles(const NodeState& state, Reasons& reasons) {
    for (const auto& file : state.containerFiles) {
        if (!std::filesystem::exists(file)) {
            reasons.push_back(fmt::format("{}, which tells containers, is missing", file.string()));
        }
    }
}

} // namespace

std::vector<std::string> reasonsNotReady(Persistence persistence, const DriverRoot& root,
                                         const std::optional<NodeState>& state,
                                         const host::Roots& roots) {
    if (!state) {
        return {"no init has run on this node"};
    }
    Reasons reasons;
    if (!isAlive(*state, roots.proc)) {
        reasons.push_back(fmt::format("init (pid {}) does not run any more", state->process.pid));
    }
    if (state->phase != Phase::Ready) {
        const std::string step = state->steps.empty() ? "" : state->steps.back().name;
        reasons.push_back(fmt::format("init is {}{}", toString(state->phase),
                                      step.empty() ? "" : ", at: " + step));
        return reasons;
    }
    checkModules(*state, roots, reasons);
    checkNodes(*state, reasons);
    checkDaemons(*state, persistence, roots, reasons);
    checkRoot(*state, root, roots, reasons);
    checkContainerFiles(*state, reasons);
    return reasons;
}

} // namespace loader
