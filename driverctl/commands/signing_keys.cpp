#include "driverctl/commands/signing_keys.h"

#include "driverctl/report/log.h"
#include "host/base/error.h"

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

SigningKeys::SigningKeys(const precompile::SigningSettings& settings) {
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

} // namespace driverctl
