#include "driverctl/commands/all.h"
#include "driverctl/report/package_differences.h"
#include "driverctl/report/print.h"
#include "precompile/package/package.h"

namespace driverctl {

namespace {

using precompile::Package;

ExitCode diffPackages(const Settings& settings, const Arguments& arguments) {
    const Package left(arguments.words("packages").at(0));
    const Package right(arguments.words("packages").at(1));
    const PackageDifferences found{differences(left.manifest(), right.manifest())};
    printReport(found, settings);
    return found.differences.empty() ? ExitCode::Done : ExitCode::Differs;
}

} // namespace

const Command kPackageDiff = {
    .name = "package diff",
    .summary = "Compare two packages: what they are for, what they were made of, what they hold",
    .settings = {"json"},
    .arguments = {{.name = "packages",
                   .placeholder = "FILE",
                   .help = "The two package files",
                   .isInput = true,
                   .least = 2,
                   .most = 2}},
    .exitCodes = {ExitCode::VerificationFailed, ExitCode::Differs},
    .run = diffPackages,
};

} // namespace driverctl
