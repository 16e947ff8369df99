#include "driverctl/distributions.h"

#include "distribution/directory.h"
#include "flatcar/distribution.h"

namespace driverctl {

distribution::Distributions distributions(const flatcar::MirrorSettings& mirrors,
                                          const precompile::BuildSettings& build,
                                          const std::filesystem::path& caFile) {
    std::vector<std::unique_ptr<distribution::Distribution>> all;
    all.push_back(flatcar::makeDistribution(mirrors, build.workDir, build.maxThreads, caFile));
    all.push_back(distribution::makeDirectory(build.workDir)); // knows every machine
    return distribution::Distributions(std::move(all));
}

} // namespace driverctl
