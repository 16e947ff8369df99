#include "toolkit/hooks/stage_hooks.h"

#include "host/base/error.h"
#include "toolkit/bundle/bundle.h"
#include "toolkit/bundle/container_config.h"
#include "toolkit/bundle/grant.h"
#include "toolkit/edits/oci_spec.h"
#include "toolkit/edits/sarus.h"
#include "toolkit/hooks/container_namespaces.h"
#include "toolkit/hooks/device_cgroup.h"
#include "toolkit/hooks/driver_mounts.h"
#include "toolkit/hooks/hook.h"
#include "toolkit/hooks/unchangeable.h"

#include <filesystem>
#include <fmt/format.h>
#include <span>

namespace fs = std::filesystem;

namespace toolkit {

namespace {

/// Nothing: this user may not read it, which is told.
std::optional<ContainerParts> partsOf(const ContainerState& state, const host::Observer& observer) {
    const fs::path file = state.bundle / "config.json";
    try {
        const auto text = readContainerConfig(file);
        return host::context(file.string(), [&] { return containerPartsOf(text); });
    } catch (const host::SystemError& error) {
        if (!isUnchangeable(error)) {
            throw;
        }
        observer.forgive(host::Error(
            fmt::format("what the container asks for is not known: {}", error.what()),
            "Give it the GPU by CDI ('--device nvidia.com/gpu=all') or by the stage precreate"));
        return std::nullopt;
    }
}

/// What is granted, and where the driver's files are on the host.
struct Given {
    ContainerEdits edits;
    fs::path driverRoot;
};

std::optional<Given> grantedTo(const ContainerParts& container, const NodeSupply& supply,
                               const host::Observer& observer) {
    fs::path driverRoot = "/";
    NodeSupply watched = supply;
    watched.inventory = [&] {
        Inventory inventory = supply.inventory();
        driverRoot = inventory.driverRoot;
        return inventory;
    };
    Grant grant = grantTo(container, watched);
    for (const std::string& warning : grant.warnings) {
        observer.warn(warning);
    }
    return grant.edits ? std::optional(Given{*std::move(grant.edits), driverRoot}) : std::nullopt;
}

/// As createContainer hooks, in the order of the edits.
void runHooks(const ContainerRoot& root, const ContainerEdits& edits,
              const host::Observer& observer) {
    for (const HookEdit& edit : edits.hooks) {
        const auto words = std::span(edit.args).subspan(1); // the first is the program's name
        changeRoot(root, parseHookCall(words), observer);
    }
}

} // namespace

std::string precreate(const std::string& config, const NodeSupply& supply,
                      const Surroundings& around, const host::Observer& observer) {
    const EditedConfig edited = editConfig(config, supply, around);
    for (const std::string& warning : edited.warnings) {
        observer.warn(warning);
    }
    return edited.text.value_or(config);
}

void giveDriver(const ContainerState& state, pid_t starter, const NodeSupply& supply,
                const Surroundings& around, const host::Observer& observer) {
    const auto container = partsOf(state, observer);
    const auto given = container ? grantedTo(*container, supply, observer) : std::nullopt;
    if (!given) {
        return;
    }
    if (const auto counted = miscountedBySarus(container->env)) {
        observer.warn(*counted);
    }
    const DriverMounts mounts(given->edits, given->driverRoot);
    const fs::path root = containerRootPath(state);
    const bool isInside = isInContainer(state.pid, starter);
    if (!around.isInUserNamespace && !supply.config.containerCli.noCgroups) {
        allowDevices(isInside ? 0 : state.pid, mounts.devices());
    }
    if (!isInside) {
        enterContainer(state.pid);
    }
    const ContainerRoot tree(root);
    mounts.attachTo(tree, observer);
    runHooks(tree, given->edits, observer);
}

} // namespace toolkit
