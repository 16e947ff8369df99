#include "driverctl/commands/all.h"
#include "driverctl/commands/packages.h"
#include "driverctl/report/log.h"
#include "driverctl/report/print.h"
#include "host/base/error.h"

namespace driverctl {

namespace {

using precompile::Store;

ExitCode exportPackages(const Settings& settings, const Arguments& arguments) {
    const std::filesystem::path output = arguments.word("output");
    if (output.empty()) {
        throw host::Error(host::Fault::Usage, "no directory to export to",
                          "Name one with --output.");
    }
    std::vector<std::filesystem::path> places;
    bool complete = true;
    for (const auto& [file, reasons] : wholePackages(
             settings.get(&precompile::StoreSettings::directory), arguments.words("packages"))) {
        if (reasons.empty()) {
            places.push_back(Store(output).add(file));
        } else {
            logWarning(reasons.front());
            complete = false;
        }
    }
    printReport(placesOf(places), settings);
    return complete ? ExitCode::Done : ExitCode::VerificationFailed;
}

} // namespace

const Command kPackageExport = {
    .name = "package export",
    .summary = "Copy packages of the store (default: all) into a directory",
    .settings = {"json", "store"},
    .arguments = {{.name = "packages",
                   .placeholder = "FILE",
                   .help = "Package files; default: all of the store",
                   .isInput = true,
                   .least = 0,
                   .most = kAnyNumber},
                  {.name = "output",
                   .flags = "--output,-o",
                   .placeholder = "DIR",
                   .help = "Directory that the packages are copied into"}},
    .exitCodes = {ExitCode::VerificationFailed},
    .run = exportPackages,
};

} // namespace driverctl
