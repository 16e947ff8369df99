#include "driverctl/cli/signing_keys.h"
#include "driverctl/commands/all.h"
#include "host/base/error.h"
#include "precompile/package/signature.h"

namespace driverctl {

namespace {

ExitCode signPackages(const Options& options) {
    if (options.signing.packageKey.empty()) {
        throw host::Error(host::Fault::Usage, "no key to sign with",
                          "Name one with --package-key.");
    }
    const host::PrivateKey key = loadKey(options.signing.packageKey);
    for (const std::string& file : options.arguments.packages) {
        precompile::signPackage(file, key);
    }
    return ExitCode::Done;
}

} // namespace

const Command kPackageSign = {
    .name = "package sign",
    .description = "Add a signature to packages",
    .settings = {"package-key"},
    .exitCodes = {ExitCode::VerificationFailed},
    .run = signPackages,
    .arguments = {{"packages", 1, -1}},
};

} // namespace driverctl
