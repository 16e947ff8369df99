/// The operating systems that the program knows: the one place that names them.
#pragma once

#include "distribution/distribution.h"
#include "driverctl/cli/options.h"

namespace driverctl {

distribution::Distributions distributions(const Options& options);

} // namespace driverctl
