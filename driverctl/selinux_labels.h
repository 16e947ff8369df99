/// SELinux's view of this node's driver, for whoever asks: on the host, or in init's container, in
/// which container runtimes mount no selinuxfs.
#pragma once

#include "host/base/observer.h"
#include "host/base/roots.h"
#include "host/kernel/selinux_policy.h"
#include "loader/checks/finding.h"
#include "toolkit/inventory/inventory.h"
#include "toolkit/selinux/container_labels.h"

namespace driverctl {

/// That of the host where it shows only there.
host::SelinuxPolicy selinuxPolicy(const host::Roots& roots = {});

/// Labels what containers need; what cannot be labelled is one warning, because unconfined
/// containers need no labels.
void labelForContainers(const toolkit::Inventory& inventory, host::NodeActions& actions,
                        const host::Observer& observer, const host::Roots& roots = {});

/// What keeps confined containers from the device nodes of this node; empty: nothing, or there are
/// none.
loader::Findings checkSelinux(const host::Roots& roots = {});

} // namespace driverctl
