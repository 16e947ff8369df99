#include "driverctl/commands/all.h"
#include "driverctl/commands/runtime_configuration.h"
#include "driverctl/report/containers/runtime_changes.h"
#include "driverctl/report/log.h"
#include "driverctl/report/print.h"
#include "host/base/error.h"
#include "toolkit/cdi/cdi_settings.h"
#include "toolkit/runtimes/daemon_check.h"

#include <filesystem>
#include <fmt/format.h>
#include <iostream>
#include <utility>

namespace driverctl {

namespace {

namespace fs = std::filesystem;
namespace runtimes = toolkit::runtimes;
using runtimes::Runtime;

enum class What { Runtime, Hook };

fs::path pathIn(const Arguments& arguments, std::string_view name) {
    const std::string word = arguments.word(name);
    return word.empty() ? fs::path() : fs::absolute(word).lexically_normal();
}

/// A hook is not what these settings are about.
void refuseOfRuntimes(const runtimes::RuntimeSettings& settings) {
    for (const auto& [isWanted, name] : {std::pair(settings.setAsDefault, "set-as-default"),
                                         std::pair(settings.enableCdi, "enable-cdi")}) {
        if (isWanted) {
            throw host::Error(host::Fault::Usage,
                              fmt::format("--{} is of a runtime, and a hook is configured", name),
                              fmt::format("Leave {{{}}} out, or --mode oci-hook.", name));
        }
    }
}

void refuseTogether(const Arguments& arguments, What what) {
    const auto refuse = [&](std::string_view name, std::string_view why) {
        if (arguments.has(name)) {
            throw host::Error(host::Fault::Usage, fmt::format("--{} {}", name, why),
                              "See 'driverctl runtime configure --help'.");
        }
    };
    if (what == What::Hook) {
        refuse("config", "is of a runtime, and a hook is configured");
        refuse("drop-in", "is of a runtime, and a hook is configured");
    } else {
        for (const auto* const name : {"hooks-dir", "stage", "hook-config"}) {
            refuse(name, "needs --mode oci-hook");
        }
    }
}

runtimes::HookWish hookWishOf(const runtimes::RuntimeSettings& settings, const fs::path& program,
                              const Arguments& arguments) {
    refuseTogether(arguments, What::Hook);
    refuseOfRuntimes(settings);
    return {.runtime = settings.runtime.value_or(Runtime::Podman),
            .rootless = settings.rootless,
            .configHome = settings.configHome,
            .directory = pathIn(arguments, "hooks-dir"),
            .stage = arguments.choice<runtimes::Stage>("stage"),
            .program = program,
            .config = arguments.word("hook-config")};
}

runtimes::Wish wishOf(const runtimes::RuntimeSettings& settings, const Arguments& arguments,
                      const runtimes::DaemonQuestions& daemon) {
    refuseTogether(arguments, What::Runtime);
    runtimes::Wish wish{.settings = settings,
                        .config = pathIn(arguments, "config"),
                        .dropIn = pathIn(arguments, "drop-in")};
    complete(wish, daemon);
    return wish;
}

} // namespace

runtimes::Outcome configureRuntime(const Settings& settings, const Arguments& arguments,
                                   const runtimes::ConfigFiles& files,
                                   const runtimes::DaemonQuestions& daemon) {
    const auto& wanted = settings.get<runtimes::RuntimeSettings>();
    const auto mode = arguments.has("dry-run") ? runtimes::Mode::DryRun : runtimes::Mode::Real;
    const bool removes = arguments.has("remove");
    if (wanted.isNone) {
        throw host::Error(host::Fault::Usage,
                          "there is nothing to configure for the runtime 'none'",
                          "Name another {runtime}.");
    }
    if (arguments.choice<What>("mode") == What::Hook) {
        const auto wish =
            hookWishOf(wanted, settings.get(&toolkit::cdi::CdiSettings::hookPath), arguments);
        return removes ? runtimes::removeHook(wish, files, mode)
                       : runtimes::configureHook(wish, files, mode);
    }
    const auto wish = wishOf(wanted, arguments, daemon);
    return removes ? runtimes::remove(wish, files, mode) : runtimes::configure(wish, files, mode);
}

namespace {

void tell(const runtimes::Outcome& outcome, bool dryRun) {
    for (const std::string& sentence : outcome.replaced) {
        logInfo(sentence);
    }
    for (const std::string& sentence : outcome.warnings) {
        logWarning(sentence);
    }
    if (outcome.changes.empty()) {
        logInfo("nothing has to be changed");
    }
    if (!outcome.activation.empty()) {
        logInfo(fmt::format("{}, so that the daemon reads it: {}", dryRun ? "then run" : "run now",
                            outcome.activation));
    }
}

/// From inside a container the host's programs may not show.
void warnOfMissing(const fs::path& program) {
    std::error_code error;
    if (!fs::exists(program, error)) {
        logWarning(fmt::format("{} is not there, as far as is seen from here: the runtime needs it "
                               "for every container",
                               program.string()));
    }
}

ExitCode configure(const Settings& settings, const Arguments& arguments) {
    const bool dryRun = arguments.has("dry-run");
    const auto outcome =
        configureRuntime(settings, arguments, runtimes::ConfigFiles(), runtimes::daemonsIn());
    printReport(RuntimeChanges{dryRun, outcome}, settings);
    tell(outcome, dryRun);
    if (!arguments.has("remove") && arguments.choice<What>("mode") != What::Hook) {
        warnOfMissing(settings.get<runtimes::RuntimeSettings>().program);
    }
    return ExitCode::Done;
}

} // namespace

const Command kRuntimeConfigure = {
    .name = "runtime configure",
    .summary = "Tell docker, containerd, CRI-O or podman of our runtime in its configuration "
               "files, or take that back; or write a hook for podman, CRI-O and Sarus",
    .groups = {&kRuntimeSettings},
    .settings = {"json", "hook-path"},
    .arguments =
        {{.name = "config",
          .flags = "--config",
          .placeholder = "FILE",
          .help = "The runtime's configuration file; default: where it usually is"},
         {.name = "drop-in",
          .flags = "--drop-in,--drop-in-config",
          .placeholder = "FILE",
          .help = "A file of our own beside it (containerd from 2.1 on, CRI-O, podman)"},
         {.name = "mode",
          .flags = "--mode,--config-mode",
          .placeholder = "WORD",
          .help = "What is configured; default: a runtime",
          .choices = {{"runtime", What::Runtime}, {"oci-hook", What::Hook}}},
         {.name = "hooks-dir",
          .flags = "--hooks-dir,--oci-hook-path",
          .placeholder = "DIR",
          .help = "Where the hook's file is written, or a file; default: where the runtime looks"},
         {.name = "stage",
          .flags = "--stage",
          .placeholder = "WORD",
          .help = "When the hook is called; default: precreate for podman, else prestart",
          .choices = {{"precreate", runtimes::Stage::Precreate},
                      {"prestart", runtimes::Stage::Prestart},
                      {"createContainer", runtimes::Stage::CreateContainer}}},
         {.name = "hook-config",
          .flags = "--hook-config",
          .placeholder = "FILE",
          .help = "A config.toml for the hook; its file is written as Sarus has it"},
         {.name = "dry-run",
          .flags = "--dry-run",
          .help = "Show what would be changed, and change nothing"},
         {.name = "remove", .flags = "--remove", .help = "Take the configuration back"}},
    .run = configure,
};

} // namespace driverctl
