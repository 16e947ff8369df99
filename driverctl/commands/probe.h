/// The command `probe`: the answers that a Kubernetes startup, readiness or liveness probe needs.
#pragma once

#include "driverctl/cli/exit_code.h"
#include "driverctl/cli/options.h"

namespace driverctl {

ExitCode probe(const Options& options);

} // namespace driverctl
