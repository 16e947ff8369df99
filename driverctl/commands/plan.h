/// The command `plan`: what init would do on this node now, and why. Changes nothing.
#pragma once

#include "driverctl/cli/exit_code.h"
#include "driverctl/cli/options.h"

namespace driverctl {

ExitCode plan(const Options& options);

} // namespace driverctl
