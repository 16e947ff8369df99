#include "driverctl/commands/all.h"
#include "driverctl/commands/signing_keys.h"
#include "host/base/error.h"
#include "precompile/package/signature.h"

namespace driverctl {

namespace {

ExitCode signPackages(const Settings& settings, const Arguments& arguments) {
    const auto& source = settings.get(&precompile::SigningSettings::packageKey);
    if (source.empty()) {
        throw host::Error(host::Fault::Usage, "no key to sign with",
                          "Name one with --package-key.");
    }
    const host::PrivateKey key = loadKey(source);
    for (const std::string& file : arguments.words("packages")) {
        precompile::signPackage(file, key);
    }
    return ExitCode::Done;
}

} // namespace

const Command kPackageSign = {
    .name = "package sign",
    .summary = "Add a signature to packages",
    .settings = {"package-key"},
    .arguments = {{.name = "packages",
                   .placeholder = "FILE",
                   .help = "Package files, to each of which a signature is added",
                   .isInput = true,
                   .most = kAnyNumber}},
    .exitCodes = {ExitCode::VerificationFailed},
    .run = signPackages,
};

} // namespace driverctl
