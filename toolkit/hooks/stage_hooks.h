/// The hooks that give a container the whole driver, where neither a CDI specification nor the
/// runtime shim does: what it asks for is read out of its config.json, and granted by the node's
/// config.toml and inventory, as everywhere.
///
/// Each throws what makes the container's start fail. A container that asks for no GPU, or has been
/// given it, is left alone.
#pragma once

#include "host/base/observer.h"
#include "toolkit/bundle/node_groups.h"
#include "toolkit/bundle/node_supply.h"
#include "toolkit/hooks/container_state.h"

#include <optional>
#include <string>

namespace toolkit {

/// podman's stage precreate: config.json, edited as the runtime shim does; the same text where
/// there is nothing to edit.
std::string precreate(const std::string& config, const NodeSupply& supply,
                      const Surroundings& around, const host::Observer& observer);

/// The others, in the runtime's namespaces (prestart, createRuntime) or in the container's
/// (createContainer): files and nodes are mounted, the control group's device controller lets them
/// be opened, and then the hooks of the edits run. Variables cannot be set any more.
///
/// `starter` is the process that started the hook. A config.json that this user may not read, as
/// with --userns=nomap, is a warning: what the container asks for is not known.
void giveDriver(const ContainerState& state, pid_t starter, const NodeSupply& supply,
                const Surroundings& around, const host::Observer& observer);

} // namespace toolkit
