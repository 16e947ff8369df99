#include "driverctl/commands/all.h"

#include "driverctl/report/log.h"
#include "driverctl/report/observer.h"
#include "driverctl/report/print.h"
#include "precompile/oci/oci_image.h"
#include "precompile/oci/package_layer.h"
#include "precompile/package/acceptance.h"

#include <fmt/format.h>

namespace driverctl {

namespace {

ExitCode addPackagesToImage(const Options& options) {
    std::vector<precompile::Package> packages;
    const precompile::Acceptance acceptance{.sourceDirectory = options.driver.sourceDir};
    for (const std::string& file : options.arguments.packages) {
        requireAcceptable(packages.emplace_back(file), acceptance, logObserver());
    }
    const auto changed = precompile::addPackages(
        {.image = options.arguments.image,
         .output = options.arguments.output,
         .reference = options.arguments.reference,
         .storePath = options.command.storePath,
         .time = precompile::layerTime(packages, options.build.sourceDateEpoch)},
        packages);
    host::logInfo(fmt::format("{} packages in layer {}{}", packages.size(), changed.layer,
                              changed.layerWasThere ? ", which was there already" : ""));
    print("{}\n", changed.manifest);
    return ExitCode::Done;
}

} // namespace

const Command kImageAddPackages = {
    .name = "image add-packages",
    .description =
        "Add a layer with packages to a container image; prints the new manifest's digest",
    .settings = {"store-path", "reference", "output", "source-dir", "source-date-epoch"},
    .exitCodes = {ExitCode::VerificationFailed},
    .run = addPackagesToImage,
    .arguments = {{"image"}, {"packages", 1, -1}},
};

} // namespace driverctl
