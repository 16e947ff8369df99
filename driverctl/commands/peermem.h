/// The commands reload_nvidia_peermem and probe_nvidia_peermem, under the names by which the GPU
/// Operator calls them.
///
/// They run in a container of their own beside init's: the first waits for NVIDIA's network driver
/// and for the GPU driver, loads nvidia-peermem out of the driver's package and then waits for a
/// signal; the second is its probe.
#pragma once

#include "driverctl/cli/exit_code.h"
#include "driverctl/cli/options.h"

namespace driverctl {

ExitCode reloadPeermem(const Options& options);
ExitCode probePeermem(const Options& options);

} // namespace driverctl
