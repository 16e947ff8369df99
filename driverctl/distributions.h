/// The operating systems that the program knows: the one place that names them.
#pragma once

#include "distribution/distribution.h"
#include "flatcar/mirror_settings.h"
#include "precompile/build/build_settings.h"

namespace driverctl {

/// To ask what a machine or a release is takes no settings.
distribution::Distributions distributions(const flatcar::MirrorSettings& mirrors = {},
                                          const precompile::BuildSettings& build = {});

} // namespace driverctl
