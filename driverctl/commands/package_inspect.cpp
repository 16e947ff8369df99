#include "driverctl/commands/all.h"
#include "driverctl/commands/packages.h"
#include "driverctl/report/print.h"
#include "host/base/standard_output.h"
#include "precompile/package/signature.h"

namespace driverctl {

namespace {

using Json = nlohmann::ordered_json;
using precompile::Package;

std::string memberNamed(const Package& package, const std::string& name) {
    return name == "manifest" ? package.manifestText()
                              : package.attachment(name == "sbom" ? precompile::kSbomName
                                                                  : precompile::kProvenanceName);
}

ExitCode inspectPackage(const Options& options) {
    const Package package(options.arguments.packages.front());
    if (!options.arguments.show.empty()) {
        host::StandardOutput::printAsItIs(memberNamed(package, options.arguments.show));
        return ExitCode::Done;
    }
    const Json manifest = Json::parse(toJson(package.manifest()));
    if (options.command.json) {
        Json document = summary(package);
        document["signed_by"] = precompile::signersOf(package);
        document["manifest"] = manifest;
        std::cout << documentOf(document);
        return ExitCode::Done;
    }
    const Json about = summary(package);
    for (const auto& [key, value] : about.items()) {
        print("{:<13} {}\n", key, plain(value));
    }
    print("{:<13} {}\n{:<13} {}\n{:<13} {}\n", "compiler", package.manifest().compiler, "linker",
          package.manifest().linker, "built_by", package.manifest().builtBy);
    for (const std::string& key : precompile::signersOf(package)) {
        print("signed_by     {}\n", key);
    }
    for (const auto& [name, digest] : package.manifest().inputs) {
        print("input         {} {}\n", digest, name);
    }
    for (const auto& attachment : package.manifest().attachments) {
        print("attachment    {} {}\n", attachment.sha256, attachment.member);
    }
    for (const auto& module : package.manifest().modules) {
        print("module        {} {} ({} bytes, {})\n", module.sha256, module.name, module.size,
              module.core ? "delta" : "whole");
    }
    return ExitCode::Done;
}

} // namespace

const Command kPackageInspect = {
    .name = "package inspect",
    .description = "Say what a package holds and what it was made of",
    .settings = {"json", "show"},
    .exitCodes = {ExitCode::VerificationFailed},
    .run = inspectPackage,
    .arguments = {{"packages"}},
};

} // namespace driverctl
