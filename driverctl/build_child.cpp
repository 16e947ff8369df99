#include "driverctl/build_child.h"

#include "driverctl/exit_code.h"
#include "host/error.h"
#include "host/process.h"

#include <fmt/format.h>

namespace driverctl {

namespace {

/// Everything that update knows, as flags: the child must not decide anything anew.
std::vector<std::string> arguments(const Options& options,
                                   const precompile::PackageIdentity& wanted) {
    std::vector<std::string> argv = {"/proc/self/exe",
                                     "update",
                                     "--kernel=" + wanted.kernel,
                                     "--driver=" + wanted.driver,
                                     "--flavour=" + options.flavour,
                                     "--store=" + options.store.string(),
                                     "--source-dir=" + options.sourceDir.string(),
                                     "--keyring=" + options.keyring.string(),
                                     "--signing-key=" + options.signingKey,
                                     "--work-dir=" + options.workDir.string(),
                                     fmt::format("--max-threads={}", options.maxThreads),
                                     "--log-format=" + options.logFormat};
    const auto addUnlessEmpty = [&argv](const char* flag, const std::string& value) {
        if (!value.empty()) {
            argv.push_back(flag + value);
        }
    };
    addUnlessEmpty("--release=", options.release);
    addUnlessEmpty("--channel=", options.channel);
    addUnlessEmpty("--board=", options.board);
    addUnlessEmpty("--tag=", options.tag);
    addUnlessEmpty("--build-root=", options.buildRoot.string());
    addUnlessEmpty("--sign=", options.sign);
    addUnlessEmpty("--sign-certificate=", options.signCertificate.string());
    addUnlessEmpty("--package-key=", options.packageKey);
    for (const std::string& mirror : options.mirrors) {
        argv.push_back("--mirror=" + mirror);
    }
    return argv;
}

} // namespace

void buildInChild(const Options& options, const precompile::PackageIdentity& wanted,
                  host::SignalSet& signals) {
    const auto status = host::Process({.argv = arguments(options, wanted)}).wait(&signals);
    if (!status.success()) {
        const bool unverified = status.code == static_cast<int>(ExitCode::VerificationFailed);
        throw host::Error(unverified ? host::Fault::Verification : host::Fault::Failed,
                          fmt::format("the package for {} could not be built ({})",
                                      wanted.describe(), status.describe()),
                          "The messages above say why.");
    }
}

} // namespace driverctl
