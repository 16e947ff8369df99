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

void requirePushable(const precompile::RegistryReference& to, std::size_t packages,
                     const std::string& store, const std::string& mountFrom) {
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
        refuse(fmt::format("there is no package in {}", store),
               "Name the packages, or another store with --store.");
    }
    if (!mountFrom.empty() &&
        precompile::parseReference(fmt::format("oci://{}/{}", to.host, mountFrom)).exact()) {
        refuse(fmt::format("--mount-from '{}' is no repository", mountFrom),
               "Leave tag and digest out.");
    }
}

ExitCode push(const Settings& settings, const Arguments& arguments) {
    host::SignalSet signals{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
    const auto reference = precompile::parseReference(arguments.word("reference"));
    const auto& store = settings.get(&precompile::StoreSettings::directory);
    const auto& mountFrom = settings.get(&CommandSettings::mountFrom);
    const auto files = wholePackages(store, arguments.words("packages"));
    requirePushable(reference, files.size(), store.string(), mountFrom);
    Registry registry(registryOptions(settings.get<precompile::RegistrySettings>(), signals));
    bool complete = true;
    for (const auto& [file, reasons] : files) {
        if (!reasons.empty()) {
            logWarning(reasons.front());
            complete = false;
            continue;
        }
        const auto pushed = registry.push(file, reference, mountFrom);
        logInfo(fmt::format("{} {}", file.filename().string(), describe(pushed.content)));
        print("oci://{}/{}@{}\n", reference.host, reference.repository, pushed.digest);
    }
    return complete ? ExitCode::Done : ExitCode::VerificationFailed;
}

} // namespace

const Command kPush = {
    .name = "push",
    .summary = "Put packages of the store (default: all) into an OCI registry",
    .groups = {&kRegistrySettings},
    .settings = {"store", "mount-from"},
    .arguments = {{.name = "reference",
                   .placeholder = "REFERENCE",
                   .help = "oci://HOST[:PORT]/REPOSITORY[:TAG]",
                   .secret = Secret::Password},
                  {.name = "packages",
                   .placeholder = "FILE",
                   .help = "Package files; default: all of the store",
                   .isInput = true,
                   .least = 0,
                   .most = kAnyNumber}},
    .exitCodes = {ExitCode::VerificationFailed, ExitCode::Signal},
    .run = push,
};

} // namespace driverctl
