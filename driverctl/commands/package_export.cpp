#include "driverctl/commands/all.h"
#include "driverctl/commands/packages.h"
#include "driverctl/report/log.h"
#include "host/base/error.h"

namespace driverctl {

namespace {

using precompile::Store;

ExitCode exportPackages(const Options& options) {
    if (options.arguments.output.empty()) {
        throw host::Error(host::Fault::Usage, "no directory to export to",
                          "Name one with --output.");
    }
    std::vector<std::filesystem::path> places;
    bool complete = true;
    for (const auto& [file, reasons] : chosenPackages(options)) {
        if (reasons.empty()) {
            places.push_back(Store(options.arguments.output).add(file));
        } else {
            host::logWarning(reasons.front());
            complete = false;
        }
    }
    printPlaces(places, options.command.json);
    return complete ? ExitCode::Done : ExitCode::VerificationFailed;
}

} // namespace

const Command kPackageExport = {
    .name = "package export",
    .description = "Copy packages of the store (default: all) into a directory",
    .settings = {"json", "store", "output"},
    .exitCodes = {ExitCode::VerificationFailed},
    .run = exportPackages,
    .arguments = {{"packages", 0, -1}},
};

} // namespace driverctl
