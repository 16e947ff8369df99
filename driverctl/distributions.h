/// The operating systems that the program knows: the one place that names them.
#pragma once

#include "distribution/distribution.h"
#include "flatcar/mirror_settings.h"
#include "precompile/build/build_settings.h"

#include <filesystem>

namespace driverctl {

/// To ask what a machine or a release is takes no settings. `caFile`: authorities that certify
/// mirrors; empty: the system's.
distribution::Distributions distributions(const flatcar::MirrorSettings& mirrors = {},
                                          const precompile::BuildSettings& build = {},
                                          const std::filesystem::path& caFile = {});

} // namespace driverctl
