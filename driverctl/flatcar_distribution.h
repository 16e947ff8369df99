/// A Flatcar release as a Distribution.
#pragma once

#include "driverctl/build_environment.h"
#include "flatcar/image.h"

namespace driverctl {

/// How a release's files are fetched and verified, as configured; retries are logged.
flatcar::ImageRequest imageRequest(const Options& options, const flatcar::Release& release,
                                   host::SignalSet& stop);

/// "current" becomes the release that it is now. Throws host::Error(Fault::Usage) naming every
/// option that is missing.
std::unique_ptr<Distribution> makeFlatcarDistribution(const Options& options,
                                                      host::SignalSet& stop);

} // namespace driverctl
