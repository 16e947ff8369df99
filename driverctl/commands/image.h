/// The command `image add-packages`: packages into a container image that a fleet shares, without a
/// container engine.
#pragma once

#include "driverctl/cli/exit_code.h"
#include "driverctl/cli/options.h"

namespace driverctl {

/// Prints the digest of the image's manifest on stdout.
ExitCode addPackagesToImage(const Options& options);

} // namespace driverctl
