#include "driverctl/commands/acceptance.h"
#include "driverctl/commands/all.h"
#include "driverctl/commands/packages.h"
#include "driverctl/report/log.h"
#include "driverctl/report/package_verification.h"
#include "driverctl/report/print.h"

namespace driverctl {

namespace {

ExitCode verifyPackages(const Settings& settings, const Arguments& arguments) {
    PackageVerification verification;
    const auto acceptance = acceptanceOf(settings);
    const auto& store = settings.get(&precompile::StoreSettings::directory);
    for (const auto& listed : chosenPackages(store, arguments.words("packages"))) {
        verification.packages.push_back(examine(listed, acceptance));
        const auto unchecked = verification.packages.back().unchecked();
        if (!unchecked.empty()) {
            logWarning(unchecked);
        }
    }
    printReport(verification, settings);
    return verification.good() ? ExitCode::Done : ExitCode::VerificationFailed;
}

} // namespace

const Command kPackageVerify = {
    .name = "package verify",
    .summary =
        "Restore every module of the packages (default: all of the store) and check its digest",
    .settings = {"json", "store", "source-dir", "trust", "no-patches"},
    .arguments = {{.name = "packages",
                   .placeholder = "FILE",
                   .help = "Package files; default: all of the store",
                   .isInput = true,
                   .least = 0,
                   .most = kAnyNumber}},
    .exitCodes = {ExitCode::VerificationFailed},
    .run = verifyPackages,
};

} // namespace driverctl
