/// The command `package index`: what a directory of packages needs to be a package source over
/// HTTP.
#pragma once

#include "driverctl/cli/exit_code.h"
#include "driverctl/cli/options.h"

namespace driverctl {

ExitCode indexPackages(const Options& options);

} // namespace driverctl
