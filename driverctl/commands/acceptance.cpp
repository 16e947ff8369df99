#include "driverctl/commands/acceptance.h"

#include "driverctl/commands/signing_keys.h"
#include "precompile/source/source_directory.h"

namespace driverctl {

namespace {

precompile::Acceptance trusting(const Settings& settings, const std::vector<std::string>& trust) {
    auto acceptance = precompile::acceptanceFor(
        precompile::driverSourcesBelow(settings.get(&precompile::DriverSettings::sourceDir)),
        trust);
    acceptance.mayBePatched = !settings.get(&precompile::BuildSettings::noPatches);
    return acceptance;
}

} // namespace

precompile::Acceptance acceptanceOf(const Settings& settings) {
    return trusting(settings, settings.get(&precompile::SearchSettings::trust));
}

precompile::Acceptance acceptanceOf(const Settings& settings, const SigningKeys& keys) {
    auto acceptance = trusting(settings, {});
    if (keys.modules) {
        acceptance.modulesSignedBy = keys.modules->signature();
    }
    if (keys.package) {
        acceptance.trusted.push_back(keys.package->publicKey());
    }
    return acceptance;
}

} // namespace driverctl
