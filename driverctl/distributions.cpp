#include "driverctl/distributions.h"

#include "distribution/directory.h"
#include "flatcar/distribution.h"

namespace driverctl {

distribution::Distributions distributions(const Options& options) {
    std::vector<std::unique_ptr<distribution::Distribution>> all;
    all.push_back(
        flatcar::makeDistribution(options.mirror, options.build.workDir, options.build.maxThreads));
    all.push_back(distribution::makeDirectory(options.build.workDir)); // knows every machine
    return distribution::Distributions(std::move(all));
}

} // namespace driverctl
