#include "driverctl/commands/all.h"
#include "driverctl/commands/package_search.h"
#include "driverctl/commands/packages.h"
#include "driverctl/report/log.h"
#include "driverctl/report/print.h"
#include "host/base/error.h"
#include "host/process/signals.h"
#include "precompile/share/registry.h"

#include <csignal>
#include <fmt/format.h>

namespace driverctl {

namespace {

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

} // namespace

const Command kPush = {
    .name = "push",
    .description = "Put packages of the store (default: all) into an OCI registry",
    .settings = {"store", "mount-from", "auth-file", "plain-http", "ca-file"},
    .exitCodes = {ExitCode::VerificationFailed, ExitCode::Signal},
    .run = push,
    .arguments = {{"reference"}, {"packages", 0, -1}},
};

} // namespace driverctl
