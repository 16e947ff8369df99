#include "driverctl/commands/all.h"
#include "driverctl/report/package_inspection.h"
#include "driverctl/report/print.h"
#include "host/base/standard_output.h"
#include "precompile/package/signature.h"

namespace driverctl {

namespace {

using precompile::Package;

enum class Member { Manifest, Provenance, Sbom };

std::string textOf(const Package& package, Member member) {
    switch (member) {
    case Member::Manifest:
        return package.manifestText();
    case Member::Provenance:
        return package.attachment(precompile::kProvenanceName);
    case Member::Sbom:
        return package.attachment(precompile::kSbomName);
    }
    return "";
}

ExitCode inspectPackage(const Settings& settings, const Arguments& arguments) {
    const Package package(arguments.word("package"));
    if (const auto member = arguments.choice<Member>("show")) {
        host::StandardOutput::printAsItIs(textOf(package, *member));
        return ExitCode::Done;
    }
    printReport(PackageInspection{.package = summaryOf(package),
                                  .signedBy = precompile::signersOf(package),
                                  .manifest = package.manifest()},
                settings);
    return ExitCode::Done;
}

} // namespace

const Command kPackageInspect = {
    .name = "package inspect",
    .summary = "Say what a package holds and what it was made of",
    .settings = {"json"},
    .arguments =
        {{.name = "package", .placeholder = "FILE", .help = "Package file", .isInput = true},
         {.name = "show",
          .flags = "--show",
          .placeholder = "MEMBER",
          .help = "Print one member of the package as it is",
          .choices = {{"manifest", Member::Manifest},
                      {"provenance", Member::Provenance},
                      {"sbom", Member::Sbom}}}},
    .exitCodes = {ExitCode::VerificationFailed},
    .run = inspectPackage,
};

} // namespace driverctl
