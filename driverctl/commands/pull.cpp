#include "driverctl/cli/node.h"
#include "driverctl/commands/all.h"
#include "driverctl/commands/package_search.h"
#include "driverctl/report/print.h"
#include "host/base/error.h"
#include "host/process/signals.h"
#include "precompile/share/sources.h"

#include <csignal>
#include <fmt/format.h>

namespace driverctl {

namespace {

using precompile::PackageIdentity;

/// What the node needs, unless release or kernel say otherwise.
PackageIdentity wantedPackage(const Settings& settings) {
    const distribution::TargetSettings target{
        .release = settings.get(&distribution::TargetSettings::release),
        .kernel = settings.get(&distribution::TargetSettings::kernel)};
    PackageIdentity wanted =
        identityOfRelease(target, completeDriver(settings.get<precompile::DriverSettings>()));
    if (target.kernel.empty()) {
        throw host::Error(host::Fault::Usage,
                          fmt::format("no kernel is named for release {}", target.release),
                          "Name it with --kernel, as uname -r prints it.");
    }
    wanted.target.kernel = target.kernel;
    return wanted;
}

precompile::SearchResult search(const Settings& settings, const std::vector<std::string>& sources,
                                host::SignalSet& signals) {
    if (sources.empty()) {
        throw host::Error(host::Fault::Usage, "no package source is named",
                          "Name a directory, http(s)://… or oci://HOST/REPOSITORY[:TAG].");
    }
    if (sources.size() == 1 && precompile::namesOnePackage(sources.front())) {
        const auto search = searchFor(settings, sources, std::nullopt, signals);
        return fetchPackage(search, search.openSources(), std::nullopt);
    }
    const PackageIdentity wanted = wantedPackage(settings);
    return findPackage(searchFor(settings, sources, wanted, signals), wanted);
}

ExitCode pull(const Settings& settings, const Arguments& arguments) {
    host::SignalSet signals{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
    const auto& sources = arguments.has("source")
                              ? arguments.words("source")
                              : settings.get(&precompile::SearchSettings::packageSources);
    const auto result = search(settings, sources, signals);
    if (!result.found) {
        throw result.sourceFailed
            ? host::Error("no source that could be asked has the package",
                          "The warnings above say what is wrong with the others.")
            : host::Error(host::Fault::NoPackage, "no source has the package",
                          "See 'driverctl tags', or build it with 'driverctl update'.");
    }
    if (result.found->directory) {
        throw host::Error("the package was fetched, but the store cannot be written",
                          "Name a writable directory with --store.");
    }
    print("{}\n", result.found->package.file().string());
    return ExitCode::Done;
}

} // namespace

const Command kPull = {
    .name = "pull",
    .summary =
        "Fetch a package into the store: the one for this node that the store lacks, or the one "
        "artifact that is named",
    .groups = {&kDriverSettings, &kRegistrySettings},
    .settings = {"store", "package-source", "trust", "release", "kernel", "run-dir", "work-dir",
                 "no-patches", "linker"},
    .arguments = {{.name = "source",
                   .placeholder = "DIR|URL",
                   .help = "Where to fetch the package, asked in order, instead of "
                           "--package-source: a directory, http(s)://… with an index.json, "
                           "oci://HOST/REPOSITORY; with a tag or digest: that one package",
                   .secret = Secret::Password,
                   .least = 0,
                   .most = kAnyNumber}},
    .exitCodes = {ExitCode::NoPackage, ExitCode::VerificationFailed, ExitCode::Signal},
    .run = pull,
};

} // namespace driverctl
