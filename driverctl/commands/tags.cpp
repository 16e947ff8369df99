#include "driverctl/commands/all.h"
#include "driverctl/commands/package_search.h"
#include "driverctl/report/print.h"
#include "driverctl/report/tag_list.h"
#include "host/process/signals.h"
#include "precompile/share/registry.h"

#include <csignal>

namespace driverctl {

namespace {

using precompile::Registry;

ExitCode tags(const Settings& settings, const Arguments& arguments) {
    host::SignalSet signals{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
    Registry registry(registryOptions(settings.get<precompile::RegistrySettings>(), signals));
    const auto reference = precompile::parseReference(arguments.word("reference"));
    printReport(TagList{registry.tags(reference)}, settings);
    return ExitCode::Done;
}

} // namespace

const Command kTags = {
    .name = "tags",
    .summary = "List the tags of a repository in an OCI registry",
    .groups = {&kRegistrySettings},
    .settings = {"json"},
    .arguments = {{.name = "reference",
                   .placeholder = "REFERENCE",
                   .help = "oci://HOST[:PORT]/REPOSITORY",
                   .secret = Secret::Password}},
    .exitCodes = {ExitCode::Signal},
    .run = tags,
};

} // namespace driverctl
