/// Flatcar Container Linux as a Distribution: a release is named by version, channel and board, and
/// comes from a mirror, signed.
#pragma once

#include "distribution/distribution.h"
#include "flatcar/mirror_settings.h"

#include <filesystem>
#include <memory>

namespace flatcar {

/// Images are kept in the cache below `workDirectory`, where the mount points are, too. `threads`
/// decompress them; 0: one for each processor. `caFile`: authorities that certify mirrors; empty:
/// the system's.
std::unique_ptr<distribution::Distribution> makeDistribution(MirrorSettings mirrors,
                                                             std::filesystem::path workDirectory,
                                                             unsigned threads,
                                                             std::filesystem::path caFile = {});

} // namespace flatcar
