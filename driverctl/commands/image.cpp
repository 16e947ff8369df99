#include "driverctl/commands/image.h"

#include "driverctl/node_package.h"
#include "driverctl/report/log.h"
#include "driverctl/report/print.h"
#include "precompile/oci/oci_image.h"
#include "precompile/oci/package_layer.h"

#include <fmt/format.h>

namespace driverctl {

ExitCode addPackagesToImage(const Options& options) {
    std::vector<precompile::Package> packages;
    const precompile::Acceptance acceptance{.sourceDirectory = options.sourceDir};
    for (const std::string& file : options.packages) {
        acceptPackage(packages.emplace_back(file), acceptance);
    }
    const auto changed =
        precompile::addPackages({.image = options.image,
                                 .output = options.output,
                                 .reference = options.reference,
                                 .storePath = options.storePath,
                                 .time = precompile::layerTime(packages, options.sourceDateEpoch)},
                                packages);
    host::logInfo(fmt::format("{} packages in layer {}{}", packages.size(), changed.layer,
                              changed.layerWasThere ? ", which was there already" : ""));
    print("{}\n", changed.manifest);
    return ExitCode::Done;
}

} // namespace driverctl
