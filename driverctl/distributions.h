/// The operating systems that the program knows: the one place that names them.
#pragma once

#include "distribution/distribution.h"
#include "driverctl/cli/settings.h"

namespace driverctl {

/// To ask what a machine or a release is.
distribution::Distributions distributions();

/// To fetch releases and build for them, too: with the settings of update.
distribution::Distributions distributions(const Settings& settings);

} // namespace driverctl
