/// A Flatcar release as a Distribution.
#pragma once

#include "driverctl/build_environment.h"

namespace driverctl {

/// Throws host::Error(Fault::Usage) naming every option that is missing.
std::unique_ptr<Distribution> makeFlatcarDistribution(const Options& options);

} // namespace driverctl
