#include "driverctl/commands/all.h"
#include "driverctl/commands/packages.h"
#include "driverctl/report/print.h"
#include "host/base/json.h"
#include "host/base/standard_output.h"
#include "precompile/package/signature.h"

namespace driverctl {

namespace {

using Json = nlohmann::ordered_json;
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
    const Json manifest = host::parseStrictInOrder(toJson(package.manifest()));
    if (settings.get(&CommandSettings::json)) {
        Json document = summary(package);
        document["signed_by"] = precompile::signersOf(package);
        document["manifest"] = manifest;
        printDocument(document);
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
