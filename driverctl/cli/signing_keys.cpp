#include "driverctl/cli/signing_keys.h"

#include "driverctl/report/log.h"
#include "host/base/error.h"

namespace driverctl {

namespace {

void warnOfExposure(const std::string& source) {
    if (const auto exposure = host::exposureOf(source); !exposure.empty()) {
        host::logWarning(exposure);
    }
}

} // namespace

host::PrivateKey loadKey(const std::string& source) {
    warnOfExposure(source);
    return host::PrivateKey(source);
}

SigningKeys::SigningKeys(const Options& options) : sourceDirectory_(options.driver.sourceDir) {
    if (!options.signing.moduleKey.empty()) {
        if (!options.build.mkprecompiled.empty()) {
            throw host::Error(host::Fault::Usage,
                              "--mkprecompiled and --sign exclude each other: a package of "
                              "mkprecompiled holds signatures of modules yet to be linked",
                              "Leave out one of them.");
        }
        if (options.signing.moduleCertificate.empty()) {
            throw host::Error(host::Fault::Usage, "--sign needs the key's certificate",
                              "Name it with --sign-certificate.");
        }
        warnOfExposure(options.signing.moduleKey);
        modules.emplace(options.signing.moduleKey, options.signing.moduleCertificate,
                        options.signing.moduleHash);
    }
    if (!options.signing.packageKey.empty()) {
        package.emplace(loadKey(options.signing.packageKey));
    }
}

precompile::Acceptance SigningKeys::acceptance() const {
    precompile::Acceptance acceptance{.sourceDirectory = sourceDirectory_};
    if (modules) {
        acceptance.modulesSignedBy = modules->signature();
    }
    if (package) {
        acceptance.trusted.push_back(package->publicKey());
    }
    return acceptance;
}

} // namespace driverctl
