#include "driverctl/node_package.h"

#include "driverctl/report/log.h"
#include "host/base/error.h"
#include "loader/module_parameters.h"
#include "precompile/package/driver_source.h"

#include <fmt/format.h>

namespace driverctl {

std::string describeMiss(const Options& options, const precompile::PackageIdentity& wanted,
                         const precompile::Store::Lookup& lookup) {
    std::string text = fmt::format("no package in {} fits {}", options.store.directory.string(),
                                   wanted.describe());
    for (const auto& verdict : lookup.others) {
        for (const std::string& reason : verdict.reasons) {
            text += fmt::format("\n  {}: {}", verdict.file.filename().string(), reason);
        }
    }
    return text;
}

void requireStore(const std::filesystem::path& store) {
    std::error_code none;
    if (store != precompile::StoreSettings{}.directory &&
        !std::filesystem::is_directory(store, none)) {
        throw host::Error(
            host::Fault::Usage,
            fmt::format("the store {} does not exist or is no directory", store.string()),
            "Name the directory of a package store with {store}.");
    }
}

std::vector<precompile::Store::Verdict> chosenPackages(const std::filesystem::path& store,
                                                       const std::vector<std::string>& named) {
    if (named.empty()) {
        std::error_code none;
        if (!std::filesystem::is_directory(store, none)) {
            throw host::Error(
                host::Fault::Usage,
                fmt::format("no package is named, and the store {} does not exist", store.string()),
                "Name packages, or the directory of a package store with {store}.");
        }
        return precompile::Store(store).list();
    }
    std::vector<precompile::Store::Verdict> chosen;
    for (const std::string& file : named) {
        chosen.push_back({file, {}});
    }
    return chosen;
}

precompile::Acceptance acceptanceOf(const std::filesystem::path& sourceDir,
                                    const std::vector<std::string>& trust) {
    precompile::Acceptance acceptance{.sourceDirectory = sourceDir};
    for (const std::string& file : trust) {
        for (host::PublicKey& key : host::readPublicKeys(file)) {
            acceptance.trusted.push_back(std::move(key));
        }
    }
    return acceptance;
}

void acceptPackage(const precompile::Package& package, const precompile::Acceptance& acceptance) {
    const auto unchecked = requireAcceptable(package, acceptance).unchecked();
    if (!unchecked.empty()) {
        host::logWarning(unchecked);
    }
}

void requireTrusted(const Options& options, const precompile::Package& package) {
    auto acceptance = acceptanceOf(options.driver.sourceDir, options.search.trust);
    acceptance.signaturesOnly = true;
    requireAcceptable(package, acceptance);
}

loader::DriverModules modulesFor(const Options& options, const precompile::Package& package,
                                 const std::string& vermagic, host::NodeActions& actions) {
    const auto& identity = package.manifest().identity;
    const auto source =
        precompile::findDriverSource(options.driver.sourceDir, identity.driver, identity.flavour);
    return {{.package = package,
             .sources = source.directory,
             .parameters =
                 [directory = options.life.parameterDir](const std::string& module) {
                     return loader::moduleParameters(directory, module);
                 },
             .vermagic = vermagic,
             .kernel = identity.target.kernel,
             .peerMemory = options.life.gpuDirectRdma},
            actions};
}

} // namespace driverctl
