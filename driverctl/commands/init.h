/// `driverctl init`: package → check → load → devices, firmware, daemons → driver root → ready →
/// wait → the same in reverse.
#pragma once

#include "driverctl/cli/command.h"

namespace driverctl {

/// Returns after an orderly shutdown that a signal asked for. A step that fails undoes the steps
/// before it.
ExitCode init(const Options& options);

} // namespace driverctl
