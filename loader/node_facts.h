/// The facts that decide() is given, gathered on a node in one way for whoever asks.
///
/// Looks only. The observer is warned of what cannot be read and is done without.
#pragma once

#include "host/base/observer.h"
#include "host/base/roots.h"
#include "host/kernel/pci.h"
#include "loader/checks/module_signing.h"
#include "loader/decision.h"
#include "loader/driver_modules.h"
#include "loader/life_settings.h"
#include "loader/state.h"
#include "precompile/package/package.h"

#include <optional>
#include <vector>

namespace loader {

struct Node {
    std::vector<host::PciFunction> functions;
    SigningFacts signing;
    std::optional<NodeState> last; ///< what the last init wrote
    NodeFacts facts;
};

/// Throws host::Error where init ends before it decides: no GPU, no run directory that the host
/// sees.
Node lookAtNode(const LifeSettings& settings, const precompile::PackageIdentity& wanted,
                host::NodeActions& actions, const host::Observer& observer,
                const host::Roots& roots = {});

/// What else decides whether modules can be loaded: GPUs and the modules themselves excepted.
/// `osId` is the node's.
Findings checkHost(const std::string& osId, host::NodeActions& actions,
                   const host::Roots& roots = {});

/// A package that is at hand and trusted. Restores its modules into memory unless the loaded driver
/// can be adopted, and tells that it does.
PackageFacts lookAtPackage(const LifeSettings& settings, const Node& node,
                           const precompile::Package& package, DriverModules& modules,
                           const host::Observer& observer, const host::Roots& roots = {});

} // namespace loader
