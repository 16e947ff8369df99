#include "driverctl/commands/all.h"
#include "driverctl/commands/package_search.h"
#include "driverctl/report/print.h"
#include "host/process/signals.h"
#include "precompile/share/registry.h"

#include <csignal>
#include <nlohmann/json.hpp>

namespace driverctl {

namespace {

using precompile::Registry;

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

} // namespace

const Command kTags = {
    .name = "tags",
    .description = "List the tags of a repository in an OCI registry",
    .settings = {"json", "auth-file", "plain-http", "ca-file"},
    .exitCodes = {ExitCode::Signal},
    .run = tags,
    .arguments = {{"reference"}},
};

} // namespace driverctl
