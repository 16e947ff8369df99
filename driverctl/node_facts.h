/// The facts that loader::decide() is given, gathered on this node in one way for init and plan.
///
/// Looks only.
#pragma once

#include "driverctl/cli/options.h"
#include "host/kernel/module.h"
#include "host/kernel/pci.h"
#include "loader/checks/module_signing.h"
#include "loader/decision.h"
#include "loader/driver_modules.h"
#include "loader/state.h"
#include "precompile/package/package.h"

#include <optional>
#include <vector>

namespace driverctl {

struct Node {
    std::vector<host::PciFunction> functions;
    loader::SigningFacts signing;
    std::optional<loader::NodeState> last; ///< what the last init wrote
    loader::NodeFacts facts;
};

/// Throws host::Error where init ends before it decides: no GPU, no run directory that the host
/// sees.
Node lookAtNode(const Options& options, const precompile::PackageIdentity& wanted);

/// What else decides whether the modules can be loaded: the GPUs excepted. For doctor, too.
loader::Findings checkHost(const precompile::PackageIdentity& wanted);

/// A package that is at hand and trusted. Restores its modules into memory unless the loaded driver
/// can be adopted.
loader::PackageFacts lookAtPackage(const Options& options, const Node& node,
                                   const precompile::Package& package,
                                   loader::DriverModules& modules);

} // namespace driverctl
