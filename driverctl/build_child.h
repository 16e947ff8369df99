/// `driverctl update` in a process of its own: init must not enter the private mount namespace that
/// building needs.
#pragma once

#include "driverctl/options.h"
#include "precompile/manifest.h"

namespace host {
class SignalSet;
}

namespace driverctl {

/// Builds the package for `wanted` into the store. Throws host::Error when that fails; the child's
/// log goes where ours goes.
void buildInChild(const Options& options, const precompile::PackageIdentity& wanted,
                  host::SignalSet& signals);

} // namespace driverctl
