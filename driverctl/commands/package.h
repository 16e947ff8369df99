/// The commands below `package`: looking at packages, checking them, moving them in and out of a
/// store. Tables for people, JSON for programs.
#pragma once

#include "driverctl/cli/exit_code.h"
#include "driverctl/cli/options.h"

namespace driverctl {

ExitCode listPackages(const Options& options);
ExitCode inspectPackage(const Options& options);
ExitCode verifyPackages(const Options& options);
ExitCode signPackages(const Options& options);
ExitCode diffPackages(const Options& options);
ExitCode importPackages(const Options& options);
ExitCode exportPackages(const Options& options);
ExitCode prunePackages(const Options& options);

} // namespace driverctl
