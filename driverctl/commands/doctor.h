/// The command `doctor`: everything about this node that decides whether the driver works here, one
/// sentence a finding, with the remedy. Changes nothing.
#pragma once

#include "driverctl/cli/exit_code.h"
#include "driverctl/cli/options.h"

namespace driverctl {

ExitCode doctor(const Options& options);

} // namespace driverctl
