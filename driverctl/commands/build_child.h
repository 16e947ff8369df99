/// `driverctl update` in a process of its own: building needs a private mount namespace, which
/// neither init nor another build may be in.
///
/// The child gets every setting of update that the calling command names, and reads neither our
/// environment's settings nor a configuration file: it decides nothing anew. It dies with the
/// thread that started it.
#pragma once

#include "driverctl/cli/settings.h"
#include "host/process/process.h"
#include "precompile/package/manifest.h"

namespace host {
class SignalSet;
}

namespace driverctl {

/// `update` with these settings but for those that `instead` has; the caller adds where its output
/// goes.
host::Command updateCommand(const Settings& settings, const Layer& instead);

/// Builds the package for `wanted` into the store. Throws host::Error when that fails; the child's
/// log goes where ours goes.
void buildInChild(const Settings& settings, const precompile::PackageIdentity& wanted,
                  host::SignalSet& signals);

} // namespace driverctl
