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
PackageIdentity wantedPackage(Options options) {
    options.driver = completeDriver(options.driver);
    PackageIdentity wanted = identityOfRelease(options.target, options.driver);
    if (options.target.kernel.empty()) {
        throw host::Error(host::Fault::Usage,
                          fmt::format("no kernel is named for release {}", options.target.release),
                          "Name it with --kernel, as uname -r prints it.");
    }
    wanted.target.kernel = options.target.kernel;
    return wanted;
}

precompile::SearchResult search(const Options& options, host::SignalSet& signals) {
    const auto& sources = options.search.packageSources;
    if (sources.empty()) {
        throw host::Error(host::Fault::Usage, "no package source is named",
                          "Name a directory, http(s)://… or oci://HOST/REPOSITORY[:TAG].");
    }
    if (sources.size() == 1 && precompile::namesOnePackage(sources.front())) {
        return fetchPackage(searchFor(options, std::nullopt, signals), std::nullopt);
    }
    const PackageIdentity wanted = wantedPackage(options);
    return findPackage(searchFor(options, wanted, signals), wanted);
}

ExitCode pull(const Settings& settings, const Arguments& arguments) {
    Options options = settings.everything();
    if (arguments.has("source")) {
        options.search.packageSources = arguments.words("source");
    }
    host::SignalSet signals{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
    const auto result = search(options, signals);
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
    .settings = {"store", "package-source", "trust", "release", "kernel"},
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
