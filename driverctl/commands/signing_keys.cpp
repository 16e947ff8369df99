#include "driverctl/commands/signing_keys.h"

#include "driverctl/report/log.h"
#include "host/base/error.h"
#include "precompile/source/source_directory.h"

namespace driverctl {

namespace {

void warnOfExposure(const std::string& source) {
    if (const auto exposure = host::exposureOf(source); !exposure.empty()) {
        logWarning(exposure);
    }
}

} // namespace

host::PrivateKey loadKey(const std::string& source) {
    warnOfExposure(source);
    return host::PrivateKey(source);
}

SigningKeys::SigningKeys(const precompile::SigningSettings& settings,
                         std::filesystem::path sourceDirectory)
    : sourceDirectory_(std::move(sourceDirectory)) {
    if (!settings.moduleKey.empty()) {
        if (settings.moduleCertificate.empty()) {
            throw host::Error(host::Fault::Usage, "--sign needs the key's certificate",
                              "Name it with --sign-certificate.");
        }
        warnOfExposure(settings.moduleKey);
        modules.emplace(settings.moduleKey, settings.moduleCertificate, settings.moduleHash);
    }
    if (!settings.packageKey.empty()) {
        package.emplace(loadKey(settings.packageKey));
    }
}

precompile::Acceptance SigningKeys::acceptance() const {
    precompile::Acceptance acceptance{.sources = precompile::driverSourcesBelow(sourceDirectory_)};
    if (modules) {
        acceptance.modulesSignedBy = modules->signature();
    }
    if (package) {
        acceptance.trusted.push_back(package->publicKey());
    }
    return acceptance;
}

} // namespace driverctl
