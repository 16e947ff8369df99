/// `driverctl status`: what is loaded, from which package, since when, who uses it.
#pragma once

#include "driverctl/cli/command.h"

namespace driverctl {

/// Prints a table, or with --json one object, on stdout. Changes nothing and needs no lock.
ExitCode status(const Options& options);

} // namespace driverctl
