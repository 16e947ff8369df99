#include "driverctl/commands/registry.h"

#include "driverctl/cli/node.h"
#include "driverctl/node_package.h"
#include "driverctl/package_search.h"
#include "driverctl/report/log.h"
#include "driverctl/report/print.h"
#include "host/base/error.h"
#include "host/process/signals.h"
#include "precompile/share/package_source.h"
#include "precompile/share/registry.h"

#include <csignal>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace driverctl {

namespace {

using precompile::PackageIdentity;
using precompile::Registry;

std::string_view describe(Registry::Pushed::Content content) {
    switch (content) {
    case Registry::Pushed::Content::WasThere:
        return "was there already";
    case Registry::Pushed::Content::Mounted:
        return "mounted";
    case Registry::Pushed::Content::Sent:
        return "sent";
    }
    return "";
}

void requirePushable(const Options& options, const precompile::RegistryReference& to,
                     std::size_t packages) {
    const auto refuse = [](const std::string& message, const std::string& remedy) {
        throw host::Error(host::Fault::Usage, message, remedy);
    };
    if (!to.digest.empty()) {
        refuse(fmt::format("{} has a digest, which cannot be chosen", to.text()), "Leave it out.");
    }
    if (!to.tag.empty() && packages > 1) {
        refuse(fmt::format("{} packages cannot have one tag", packages),
               "Leave the tag out: each package gets its own.");
    }
    if (packages == 0) {
        refuse(fmt::format("there is no package in {}", options.store.directory.string()),
               "Name the packages, or another store with --store.");
    }
    if (!options.command.mountFrom.empty() &&
        precompile::parseReference(fmt::format("oci://{}/{}", to.host, options.command.mountFrom))
            .exact()) {
        refuse(fmt::format("--mount-from '{}' is no repository", options.command.mountFrom),
               "Leave tag and digest out.");
    }
}

/// What the node needs, unless release or kernel say otherwise.
PackageIdentity wantedPackage(const Options& options) {
    requireDriver(options);
    PackageIdentity wanted = identityOfRelease(options);
    if (options.target.kernel.empty()) {
        throw host::Error(host::Fault::Usage,
                          fmt::format("no kernel is named for release {}", options.target.release),
                          "Name it with --kernel, as uname -r prints it.");
    }
    wanted.target.kernel = options.target.kernel;
    return wanted;
}

PackageSearch searchFor(const Options& options, host::SignalSet& signals) {
    const auto& sources = options.search.packageSources;
    if (sources.empty()) {
        throw host::Error(host::Fault::Usage, "no package source is named",
                          "Name a directory, http(s)://… or oci://HOST/REPOSITORY[:TAG].");
    }
    return sources.size() == 1 && precompile::namesOnePackage(sources.front())
               ? fetchPackage(options, std::nullopt, signals)
               : findPackage(options, wantedPackage(options), signals);
}

} // namespace

ExitCode push(const Options& options) {
    host::SignalSet signals{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
    const auto reference = precompile::parseReference(options.arguments.reference);
    const auto files = chosenPackages(options);
    requirePushable(options, reference, files.size());
    Registry registry(registryOptions(options, signals));
    bool complete = true;
    for (const auto& [file, reasons] : files) {
        if (!reasons.empty()) {
            host::logWarning(reasons.front());
            complete = false;
            continue;
        }
        const auto pushed = registry.push(file, reference, options.command.mountFrom);
        host::logInfo(fmt::format("{} {}", file.filename().string(), describe(pushed.content)));
        print("oci://{}/{}@{}\n", reference.host, reference.repository, pushed.digest);
    }
    return complete ? ExitCode::Done : ExitCode::VerificationFailed;
}

ExitCode pull(const Options& options) {
    host::SignalSet signals{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
    const auto search = searchFor(options, signals);
    if (!search.found) {
        throw search.sourceFailed
            ? host::Error("no source that could be asked has the package",
                          "The warnings above say what is wrong with the others.")
            : host::Error(host::Fault::NoPackage, "no source has the package",
                          "See 'driverctl tags', or build it with 'driverctl update'.");
    }
    if (search.found->directory) {
        throw host::Error("the package was fetched, but the store cannot be written",
                          "Name a writable directory with --store.");
    }
    print("{}\n", search.found->package.file().string());
    return ExitCode::Done;
}

ExitCode tags(const Options& options) {
    host::SignalSet signals{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
    Registry registry(registryOptions(options, signals));
    const auto found = registry.tags(precompile::parseReference(options.arguments.reference));
    if (options.command.json) {
        printDocument(nlohmann::ordered_json{{"tags", found}});
        return ExitCode::Done;
    }
    for (const std::string& tag : found) {
        print("{}\n", tag);
    }
    return ExitCode::Done;
}

} // namespace driverctl
