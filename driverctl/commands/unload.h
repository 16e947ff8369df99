/// The command `unload`: takes away the driver that an ended init (or somebody else) left.
#pragma once

#include "driverctl/cli/exit_code.h"
#include "driverctl/cli/options.h"

namespace driverctl {

ExitCode unload(const Options& options);

} // namespace driverctl
