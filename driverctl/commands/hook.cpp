#include "toolkit/hooks/hook.h"
#include "driverctl/commands/all.h"
#include "driverctl/report/log.h"
#include "driverctl/report/remedy.h"
#include "host/process/environment.h"

#include <fmt/format.h>
#include <unistd.h>

namespace driverctl {

namespace {

constexpr const char* kOptions[] = {"link",   "host-driver-version", "host-cuda-version",
                                    "folder", "ldconfig-path",       "toolkit-config"};

/// As driverctl-hook takes them.
std::vector<std::string> wordsOf(const Arguments& arguments) {
    std::vector<std::string> words{arguments.word("hook")};
    for (const char* option : kOptions) {
        for (const std::string& value : arguments.words(option)) {
            words.push_back(fmt::format("--{}={}", option, value));
        }
    }
    return words;
}

ExitCode callHook(const Settings&, const Arguments& arguments) {
    const host::Observer observer{
        .warn = [](const std::string& text) { logWarning(text + "."); },
        .forgive =
            [](const host::Error& error) {
                logWarning(fmt::format("{}. {}", error.what(), advice(error.remedy())));
            },
    };
    toolkit::runHook(
        toolkit::parseHookCall(wordsOf(arguments)),
        {.in = STDIN_FILENO, .out = STDOUT_FILENO, .environment = host::environmentOf(environ)},
        observer);
    return ExitCode::Done;
}

constexpr Argument option(std::string_view name, std::string_view flag, std::string_view value,
                          std::string_view help) {
    return {.name = name, .flags = flag, .placeholder = value, .help = help};
}

} // namespace

const Command kHook = {
    .name = "hook",
    .summary = "Be an OCI hook, as driverctl-hook is: what a container runtime calls while it "
               "makes a container",
    .arguments = {{.name = "hook", .placeholder = "HOOK", .help = "What to do, by its name"},
                  {.name = "link",
                   .flags = "--link",
                   .placeholder = "TARGET::LINK",
                   .help = "create-symlinks: a link in the container",
                   .most = kAnyNumber},
                  {.name = "folder",
                   .flags = "--folder",
                   .placeholder = "DIR",
                   .help = "update-ldcache: a folder of libraries in the container",
                   .most = kAnyNumber},
                  option("ldconfig-path", "--ldconfig-path", "FILE",
                         "update-ldcache: the host's ldconfig"),
                  option("host-driver-version", "--host-driver-version", "VERSION",
                         "enable-cuda-compat: the host's driver"),
                  option("host-cuda-version", "--host-cuda-version", "VERSION",
                         "enable-cuda-compat: the newest CUDA that it supports"),
                  option(
                      "toolkit-config", "--toolkit-config", "FILE",
                      "precreate, prestart, createRuntime, createContainer: NVIDIA's config.toml")},
    .run = callHook,
};

} // namespace driverctl
