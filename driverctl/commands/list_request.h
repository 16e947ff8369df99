/// What `list` is asked for on the command line.
#pragma once

#include "driverctl/cli/argument.h"
#include "toolkit/inventory/listing.h"

namespace driverctl {

/// Everything when no kind and no device is named. Throws host::Error(Fault::Usage) for a
/// capability that there is not.
toolkit::ListRequest listRequestOf(const Arguments& arguments);

} // namespace driverctl
