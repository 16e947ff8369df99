/// The command `probe`: the answers that a Kubernetes startup, readiness or liveness probe needs.
#pragma once

#include "driverctl/exit_code.h"
#include "driverctl/options.h"

namespace driverctl {

ExitCode probe(const Options& options);

} // namespace driverctl
