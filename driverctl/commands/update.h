/// `driverctl update`: configuration → target → developer environment → compile → package → store.
#pragma once

#include "driverctl/cli/command.h"

namespace driverctl {

/// Prints the package's path on stdout. SIGKILL at any moment leaves no mount, no loop device and
/// no half-written package.
ExitCode update(const Options& options);

} // namespace driverctl
