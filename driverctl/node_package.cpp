#include "driverctl/node_package.h"

#include "host/error.h"
#include "host/log.h"
#include "loader/module_parameters.h"
#include "precompile/driver_source.h"
#include "precompile/signature.h"

#include <fmt/format.h>

namespace driverctl {

std::filesystem::path moduleTreeOf(const std::string& kernel) {
    for (const char* modules : {"/lib/modules", "/usr/lib/modules", "/usr/lib64/modules"}) {
        if (std::filesystem::exists(std::filesystem::path(modules) / kernel / "modules.dep")) {
            return std::filesystem::path(modules) / kernel;
        }
    }
    return std::filesystem::path("/lib/modules") / kernel;
}

std::string describeMiss(const Options& options, const precompile::PackageIdentity& wanted,
                         const precompile::Store::Lookup& lookup) {
    std::string text =
        fmt::format("no package in {} fits {}", options.store.string(), wanted.describe());
    for (const auto& verdict : lookup.others) {
        for (const std::string& reason : verdict.reasons) {
            text += fmt::format("\n  {}: {}", verdict.file.filename().string(), reason);
        }
    }
    return text;
}

std::vector<std::filesystem::path> chosenPackages(const Options& options) {
    if (!options.packages.empty()) {
        return {options.packages.begin(), options.packages.end()};
    }
    std::vector<std::filesystem::path> files;
    for (const auto& verdict : precompile::Store(options.store).list()) {
        files.push_back(verdict.file);
    }
    return files;
}

void requireTrusted(const Options& options, const precompile::Package& package) {
    if (options.trust.empty()) {
        return;
    }
    std::vector<host::PublicKey> keys;
    for (const std::string& file : options.trust) {
        for (host::PublicKey& key : host::readPublicKeys(file)) {
            keys.push_back(std::move(key));
        }
    }
    precompile::requireTrusted(package, keys);
}

loader::DriverModules modulesFor(const Options& options, const precompile::Package& package,
                                 const std::string& vermagic, host::Kernel& kernel) {
    const auto& identity = package.manifest().identity;
    const auto source =
        precompile::findDriverSource(options.sourceDir, identity.driver, identity.flavour);
    return {{.package = package,
             .sources = source.directory,
             .parameters =
                 [directory = options.parameterDir](const std::string& module) {
                     return loader::moduleParameters(directory, module);
                 },
             .vermagic = vermagic,
             .kernel = identity.kernel,
             .peerMemory = options.gpuDirectRdma},
            kernel};
}

std::optional<loader::NodeState> lastState(const Options& options) {
    try {
        return loader::readState(options.runDir);
    } catch (const host::Error& error) {
        host::logWarning(fmt::format("{}; it counts as none", error.what()));
        return std::nullopt;
    }
}

} // namespace driverctl
