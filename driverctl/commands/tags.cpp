#include "driverctl/commands/all.h"
#include "driverctl/package_search.h"
#include "driverctl/report/print.h"
#include "driverctl/report/tag_list.h"
#include "host/process/signals.h"
#include "precompile/share/registry.h"

#include <csignal>

namespace driverctl {

namespace {

using precompile::Registry;

ExitCode tags(const Options& options) {
    host::SignalSet signals{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
    Registry registry(registryOptions(options, signals));
    const auto reference = precompile::parseReference(options.arguments.reference);
    printReport(TagList{registry.tags(reference)}, options.command);
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
