#include "driverctl/commands/registry.h"

#include "driverctl/node.h"
#include "driverctl/node_package.h"
#include "host/error.h"
#include "host/file.h"
#include "host/log.h"
#include "host/signals.h"
#include "precompile/registry.h"
#include "precompile/signature.h"
#include "precompile/verify.h"

#include <csignal>
#include <fmt/format.h>
#include <iostream>
#include <nlohmann/json.hpp>

namespace driverctl {

namespace {

precompile::Registry registryOf(const Options& options, host::SignalSet& signals) {
    precompile::RegistryOptions registry;
    registry.http.stop = &signals;
    registry.http.caFile = options.caFile;
    registry.http.onRetry = host::logWarning;
    registry.plainHttp = options.plainHttp;
    registry.authFiles.assign(options.authFiles.begin(), options.authFiles.end());
    return precompile::Registry(std::move(registry));
}

} // namespace

ExitCode push(const Options& options) {
    host::SignalSet signals{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
    const auto reference = precompile::parseReference(options.reference);
    auto registry = registryOf(options, signals);
    const auto files = chosenPackages(options);
    if (!reference.tag.empty() && files.size() > 1) {
        throw host::Error(host::Fault::Usage,
                          fmt::format("{} packages cannot have one tag", files.size()),
                          "Leave the tag out: each package gets its own.");
    }
    for (const auto& file : files) {
        const auto pushed = registry.push(file, reference);
        host::logInfo(fmt::format("{} {}", file.filename().string(),
                                  pushed.blobWasThere ? "was there already" : "sent"));
        std::cout << fmt::format("oci://{}/{}@{}\n", reference.host, reference.repository,
                                 pushed.digest);
    }
    return ExitCode::Done;
}

ExitCode pull(const Options& options) {
    host::SignalSet signals{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
    auto reference = precompile::parseReference(options.reference);
    if (reference.tag.empty() && reference.digest.empty()) {
        requireDriver(options);
        reference.tag = precompile::registryTag(identityOfNode(options));
    }
    auto registry = registryOf(options, signals);
    const host::TempDir directory(std::filesystem::temp_directory_path(), "driverctl-");
    const auto file = directory.path() / "package.tar";
    if (!registry.pull(reference, file)) {
        throw host::Error(host::Fault::NoPackage,
                          fmt::format("the registry has no {}", reference.text()),
                          "See 'driverctl tags', or build the package with 'driverctl update'.");
    }
    const precompile::Package package(file);
    requireTrusted(options, package);
    precompile::requireSound(package, options.sourceDir);
    std::cout << precompile::Store(options.store).add(file).string() << '\n';
    return ExitCode::Done;
}

ExitCode tags(const Options& options) {
    host::SignalSet signals{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
    const auto found =
        registryOf(options, signals).tags(precompile::parseReference(options.reference));
    if (options.json) {
        std::cout << nlohmann::ordered_json{{"tags", found}}.dump(2) << '\n';
        return ExitCode::Done;
    }
    for (const std::string& tag : found) {
        std::cout << tag << '\n';
    }
    return ExitCode::Done;
}

} // namespace driverctl
