#include "driverctl/cli/program_names.h"

#include "driverctl/cli/usage.h"
#include "driverctl/cli/version.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <iostream>
#include <iterator>

namespace driverctl {

namespace {

using Words = std::vector<std::string_view>;

/// Stands for an option's value in what the option becomes.
constexpr std::string_view kValue = "{}";

/// An option of another program.
struct Option {
    std::string_view flags;
    std::string_view help;
    Words becomes = {};                ///< empty: it means nothing here
    std::string_view placeholder = {}; ///< of its value; empty: it needs none
    bool selects = false;              ///< with one of these, `otherwise` is left out
};

struct Verb {
    std::string_view name;
    std::string_view help;
    Words becomes;
};

struct Program {
    std::string_view name;
    std::string_view summary;
    Words becomes; ///< of a program without verbs
    std::vector<Option> options;
    std::vector<Verb> verbs = {}; ///< what follows one of them is passed on as it is
    Words otherwise = {};
    std::string_view versionFlags;
    std::string_view version; ///< what stands before its number
};

/// Of libnvidia-container 1.20. Privileges are not separated and no root is pivoted: nothing of the
/// driver root is run.
const Program kContainerCli = {
    .name = "nvidia-container-cli",
    .summary = "What a loaded driver has for containers; driverctl, under this name.",
    .becomes = {},
    .options =
        {
            {.flags = "--load-kmods,-k",
             .help = "Load the host's modules of the driver, where they are not loaded",
             .becomes = {"--load-kmods"}},
            {.flags = "--root,-r",
             .help = "Driver root",
             .becomes = {"--driver-root", kValue},
             .placeholder = "PATH"},
            {.flags = "--debug,-d",
             .help = "Log details, on standard error, whatever FILE is",
             .becomes = {"--verbose"},
             .placeholder = "FILE"},
            {.flags = "--ldcache,-l",
             .help = "Means nothing: the driver root's own cache is read",
             .placeholder = "PATH"},
            {.flags = "--no-pivot,-n", .help = "Means nothing"},
            {.flags = "--user,-u", .help = "Means nothing, with =USER or without"},
            {.flags = "--no-create-imex-channels", .help = "Means nothing: none is made"},
        },
    .verbs = {{"list", "The driver's nodes and files, one a line", {"list"}},
              {"info", "The driver and its GPUs", {"info"}}},
    .versionFlags = "--version,-V",
    .version = "cli-version: ",
};

/// Of nvidia-modprobe 580. What it does without -u, -s and -l for the minors that -c names is done
/// for all that there are when -c names none. Quiet, because NVIDIA's libraries start it from any
/// program that opens a device.
const Program kModprobe = {
    .name = "nvidia-modprobe",
    .summary =
        "Loads the host's modules of the driver and makes its device nodes; driverctl, under "
        "this name.",
    .becomes = {"device", "create", "--load-kmods", "--quiet"},
    .options =
        {
            {.flags = "--create-nvidia-device-file,-c",
             .help = "Only this GPU's node, or NVSwitch's (repeatable)",
             .becomes = {"--minor", kValue},
             .placeholder = "MINOR"},
            {.flags = "--unified-memory,-u",
             .help = "nvidia-uvm and its nodes instead",
             .becomes = {"--uvm"},
             .selects = true},
            {.flags = "--modeset,-m",
             .help = "nvidia-modeset and its node instead",
             .becomes = {"--modeset"},
             .selects = true},
            {.flags = "--nvswitch,-s",
             .help = "The NVSwitches' nodes instead",
             .becomes = {"--nvswitch"},
             .selects = true},
            {.flags = "--nvlink,-l",
             .help = "The NVLink control node instead",
             .becomes = {"--nvlink"},
             .selects = true},
            {.flags = "--nvidia-capability-device-file,-f",
             .help = "The node of this file below /proc/driver/nvidia/capabilities instead "
                     "(repeatable)",
             .becomes = {"--capability-file", kValue},
             .placeholder = "FILE",
             .selects = true},
            {.flags = "--imex-channels,-i",
             .help = "The nodes of COUNT IMEX channels from START on instead",
             .becomes = {"--imex", "--imex-channel", kValue},
             .placeholder = "START:COUNT",
             .selects = true},
        },
    .otherwise = {"--control", "--gpu"},
    .versionFlags = "--version,-v",
    .version = "nvidia-modprobe:  version ",
};

/// Of nvidia-container-toolkit 1.20; `nvidia-ctk hook` is driverctl-hook's.
const Program kToolkitCli = {
    .name = "nvidia-ctk",
    .summary = "Container runtimes and CDI specifications; driverctl, under this name.",
    .becomes = {},
    .options = {{.flags = "--debug,-d", .help = "Means nothing"},
                {.flags = "--quiet,-q", .help = "Means nothing"}},
    .verbs = {{"runtime", "'runtime configure' tells a container runtime of ours", {"runtime"}},
              {"cdi", "'cdi generate' and 'cdi list'", {"cdi"}}},
    .versionFlags = "--version,-v",
    .version = "NVIDIA Container Toolkit CLI version ",
};

const Program* const kPrograms[] = {&kContainerCli, &kModprobe, &kToolkitCli};

std::vector<std::string> copied(const Words& words) {
    return {words.begin(), words.end()};
}

void addOption(CLI::App& app, const Option& option) {
    const std::string flags(option.flags);
    const std::string help(option.help);
    if (option.placeholder.empty()) {
        app.add_flag(flags, help);
        return;
    }
    app.add_option(flags, CLI::callback_t(), help)
        ->expected(1)
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->type_name(std::string(option.placeholder));
}

void addVerb(CLI::App& app, const Verb& verb) {
    CLI::App* sub = app.add_subcommand(std::string(verb.name), std::string(verb.help));
    sub->set_help_flag();
    sub->prefix_command();
}

/// What the option was given as, in our words.
std::vector<std::string> meaningOf(const CLI::App& app, const Option& option) {
    std::vector<std::string> words;
    const std::string name(option.flags.substr(0, option.flags.find(',')));
    for (const std::string& given : app.get_option(name)->results()) {
        const std::string value = given.starts_with('=') ? given.substr(1) : given; // "-c=0"
        for (const std::string_view word : option.becomes) {
            words.push_back(word == kValue ? value : std::string(word));
        }
    }
    return words;
}

/// Verb first, then what the program's options become, then what followed the verb.
std::vector<std::string> translated(const CLI::App& app, const Program& program) {
    std::vector<std::string> words = copied(program.becomes);
    for (const CLI::App* sub : app.get_subcommands()) {
        words = copied(std::ranges::find(program.verbs, sub->get_name(), &Verb::name)->becomes);
    }
    bool selects = false;
    for (const Option& option : program.options) {
        const auto meaning = meaningOf(app, option);
        words.insert(words.end(), meaning.begin(), meaning.end());
        selects = selects || (option.selects && !meaning.empty());
    }
    if (!selects) {
        words.insert(words.end(), program.otherwise.begin(), program.otherwise.end());
    }
    for (const CLI::App* sub : app.get_subcommands()) {
        const auto rest = sub->remaining();
        words.insert(words.end(), rest.begin(), rest.end());
    }
    return words;
}

host::Error wrongUsage(const CLI::App& app, const Program& program, const CLI::ParseError& error) {
    const auto unexpected = app.remaining();
    if (program.verbs.empty() || unexpected.empty() || unexpected.front().starts_with('-')) {
        return usageError(app, error);
    }
    std::vector<std::string_view> names;
    std::ranges::transform(program.verbs, std::back_inserter(names), &Verb::name);
    return {host::Fault::Usage,
            fmt::format("{} has no '{}' here, it has: {}", program.name, unexpected.front(),
                        fmt::join(names, ", ")),
            fmt::format("See '{} --help'.", program.name)};
}

} // namespace

std::vector<std::string_view> programNames() {
    std::vector<std::string_view> names;
    std::ranges::transform(kPrograms, std::back_inserter(names),
                           [](const Program* program) { return program->name; });
    return names;
}

std::optional<std::vector<std::string>> inOwnWords(int argc, const char* const* argv) {
    std::vector<std::string> words = {"driverctl"};
    const auto name = argc == 0 ? "" : std::filesystem::path(argv[0]).filename().string();
    const auto* program =
        std::ranges::find(kPrograms, name, [](const Program* row) { return row->name; });
    if (program == std::end(kPrograms)) {
        words.insert(words.end(), argv + std::min(argc, 1), argv + argc);
        return words;
    }
    CLI::App app(std::string((*program)->summary), name);
    app.formatter(helpFormatter());
    app.set_version_flag(std::string((*program)->versionFlags),
                         fmt::format("{}{}", (*program)->version, kVersion));
    for (const Option& option : (*program)->options) {
        addOption(app, option);
    }
    for (const Verb& verb : (*program)->verbs) {
        addVerb(app, verb);
    }
    app.require_subcommand((*program)->verbs.empty() ? 0 : 1);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
            app.exit(error, std::cout, std::cerr); // --help and --version
            return std::nullopt;
        }
        throw wrongUsage(app, **program, error);
    }
    const auto meant = translated(app, **program);
    words.insert(words.end(), meant.begin(), meant.end());
    return words;
}

} // namespace driverctl
