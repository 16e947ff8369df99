#include "driverctl/commands/all.h"
#include "driverctl/commands/cdi_directories.h"
#include "driverctl/commands/node_inventory.h"
#include "driverctl/report/log.h"
#include "driverctl/report/remedy.h"
#include "host/base/error.h"
#include "host/base/file.h"
#include "host/process/signals.h"
#include "loader/checks/host_drivers.h"
#include "toolkit/cdi/directories.h"
#include "toolkit/cdi/generate.h"
#include "toolkit/cdi/publish.h"
#include "toolkit/cdi/watch.h"
#include "toolkit/inventory/collect.h"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fmt/format.h>
#include <iostream>
#include <poll.h>

namespace driverctl {

namespace {

namespace cdi = toolkit::cdi;
namespace fs = std::filesystem;

/// What is asked for, or else what the file's name says; YAML, as NVIDIA's tool has it.
cdi::Format formatFor(const Arguments& arguments, const fs::path& output) {
    if (const auto format = arguments.choice<cdi::Format>("file-format")) {
        return *format;
    }
    const auto format = cdi::formatOf(output);
    if (!output.empty() && !format) {
        throw host::Error(host::Fault::Usage,
                          fmt::format("{} is no name for a CDI file: readers look for *.json and "
                                      "*.yaml",
                                      output.string()),
                          "Name it so, or say what it is to be with --format.");
    }
    return format.value_or(cdi::Format::Yaml);
}

std::string makeText(const Settings& settings, cdi::Format format) {
    const auto inventory = takeInventory(settings);
    // Where the host's root does not show, what is seen here is taken for the host's.
    const auto options = optionsFor(settings.get<cdi::CdiSettings>(), inventory.driverRoot,
                                    loader::hostRoot().value_or("/"));
    if (options.edits.hookProgram.empty()) {
        logWarning(cdi::kNoHookProgram);
    }
    return toText(generate(inventory, options), format);
}

/// Another file beside it may have the same devices, such as one of nvidia-ctk's.
void warnOfAmbiguity(const fs::path& output) {
    const auto directories = withDirectoriesOfPodman(cdi::defaultDirectories(), "/");
    if (std::ranges::none_of(directories, [&](const fs::path& directory) {
            return cdi::isSameDirectory(directory, output.parent_path());
        })) {
        return; // nobody reads it there
    }
    const auto listing = cdi::listDirectoriesWith(output, directories, {});
    if (const auto finding = findingOfAmbiguity(listing, output)) {
        logWarning(tell(finding->text, finding->remedy));
    }
}

void write(const Settings& settings, const fs::path& output, cdi::Format format) {
    auto& actions = host::systemNodeActions();
    // /dev/stdout is a link, and stays one.
    const bool written =
        cdi::replaceIfChanged(actions, host::linkTarget(output), makeText(settings, format));
    logInfo(fmt::format("{} {}", output.string(), written ? "is written" : "says so already"));
    warnOfAmbiguity(output);
}

/// Until a signal ends it.
void follow(const Settings& settings, const fs::path& output, cdi::Format format) {
    host::SignalSet signals{SIGHUP, SIGINT, SIGTERM};
    host::Roots roots;
    roots.dev = settings.get(&loader::LifeSettings::devRoot);
    cdi::Watch watch(roots, toolkit::socketsToWatch(settings.get<toolkit::InventorySettings>()));
    write(settings, output, format);
    while (true) {
        pollfd polled[] = {{watch.fd(), POLLIN, 0}, {signals.fd(), POLLIN, 0}};
        if (::poll(polled, std::size(polled), -1) < 0 && errno != EINTR) {
            host::throwErrno("wait for", "changes");
        }
        signals.throwIfPending();
        if (watch.changed()) {
            write(settings, output, format);
        }
    }
}

ExitCode generateSpecification(const Settings& settings, const Arguments& arguments) {
    const fs::path output = arguments.word("output");
    const auto format = formatFor(arguments, output);
    const bool watches = settings.get(&loader::LifeSettings::watch);
    if (output.empty()) {
        if (watches) {
            throw host::Error(host::Fault::Usage, "there is no file to write anew",
                              "Name it with --output.");
        }
        std::cout << makeText(settings, format);
    } else if (watches) {
        follow(settings, fs::absolute(output), format);
    } else {
        write(settings, fs::absolute(output), format);
    }
    return ExitCode::Done;
}

} // namespace

const Command kCdiGenerate = {
    .name = "cdi generate",
    .summary = "Write the CDI specification of this node's GPUs, by which container runtimes give "
               "them to containers",
    .groups = {&kInventorySettings, &kCdiSettings},
    .settings = {"dev-root", "watch"},
    .arguments = {{.name = "output",
                   .flags = "--output,-o",
                   .placeholder = "FILE",
                   .help = "Write it there, at once as a whole; default: to standard output"},
                  {.name = "file-format",
                   .flags = "--format",
                   .placeholder = "WORD",
                   .help = "default: as the file's name ends, else yaml",
                   .choices = {{"yaml", cdi::Format::Yaml}, {"json", cdi::Format::Json}}}},
    .exitCodes = {ExitCode::Signal},
    .run = generateSpecification,
};

} // namespace driverctl
