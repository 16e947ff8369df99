/// The commands push, pull and tags: packages in OCI registries; pull also from other sources.
#pragma once

#include "driverctl/cli/exit_code.h"
#include "driverctl/cli/options.h"

namespace driverctl {

ExitCode push(const Options& options);
ExitCode pull(const Options& options);
ExitCode tags(const Options& options);

} // namespace driverctl
