#include "driverctl/commands/all.h"

#include "driverctl/report/log.h"
#include "driverctl/report/observer.h"
#include "driverctl/report/print.h"
#include "precompile/oci/container_image.h"
#include "precompile/oci/package_layer.h"
#include "precompile/package/acceptance.h"
#include "precompile/source/source_directory.h"

#include <fmt/format.h>

namespace driverctl {

namespace {

ExitCode addPackagesToImage(const Settings& settings, const Arguments& arguments) {
    std::vector<precompile::Package> packages;
    const precompile::Acceptance acceptance{.sources = precompile::driverSourcesBelow(settings.get(
                                                &precompile::DriverSettings::sourceDir))};
    for (const std::string& file : arguments.words("packages")) {
        requireAcceptable(packages.emplace_back(file), acceptance, logObserver());
    }
    const auto changed = precompile::addPackages(
        {.image = arguments.word("image"),
         .output = arguments.word("output"),
         .reference = arguments.word("reference"),
         .storePath = settings.get(&CommandSettings::storePath),
         .time = precompile::layerTime(packages,
                                       settings.get(&precompile::BuildSettings::sourceDateEpoch))},
        packages);
    logInfo(fmt::format("{} packages in layer {}{}", packages.size(), changed.layer,
                        changed.layerWasThere ? ", which was there already" : ""));
    print("{}\n", changed.manifest);
    return ExitCode::Done;
}

} // namespace

const Command kImageAddPackages = {
    .name = "image add-packages",
    .summary = "Add a layer with packages to a container image; prints the new manifest's digest",
    .settings = {"store-path", "source-dir", "source-date-epoch"},
    .arguments = {{.name = "image",
                   .placeholder = "PATH",
                   .help = "OCI image layout: a directory or an oci-archive",
                   .isInput = true},
                  {.name = "packages",
                   .placeholder = "FILE",
                   .help = "Package files",
                   .isInput = true,
                   .most = kAnyNumber},
                  {.name = "reference",
                   .flags = "--reference",
                   .placeholder = "NAME",
                   .help = "Name of the image in the layout; default: the only one"},
                  {.name = "output",
                   .flags = "--output,-o",
                   .placeholder = "PATH",
                   .help = "Write the image there; default: where it is"}},
    .exitCodes = {ExitCode::VerificationFailed},
    .run = addPackagesToImage,
};

} // namespace driverctl
