/// `driverctl matrix`: cells → what the store lacks → one `update` each → table.
#pragma once

#include "driverctl/cli/command.h"

namespace driverctl {

/// Prints the table, or JSON, on stdout also when packages failed or a signal ended it. The exit
/// code is 0 only when every cell has a good package; 8 when an update ended with that.
ExitCode matrix(const Options& options);

} // namespace driverctl
