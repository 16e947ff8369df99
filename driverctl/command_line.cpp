#include "driverctl/command_line.h"

#include "driverctl/version.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <iostream>
#include <map>
#include <memory>

namespace driverctl {

namespace {

constexpr std::string_view kCommonSettings[] = {"log-format", "quiet", "verbose"};

std::string exitCodeHelp(const std::vector<ExitCode>& more) {
    std::vector<ExitCode> codes = {ExitCode::Done, ExitCode::Failed, ExitCode::Usage};
    codes.insert(codes.end(), more.begin(), more.end());
    std::string text = "Exit codes:\n";
    for (const ExitCode code : codes) {
        const bool signal = code == ExitCode::Signal;
        text +=
            fmt::format("  {:<6} {}\n", signal ? "128+N" : std::to_string(static_cast<int>(code)),
                        describe(code));
    }
    return text;
}

std::string helpOf(const Setting& row) {
    std::string help(row.help);
    if (!row.choices.empty()) {
        std::string choices;
        for (const std::string_view choice : row.choices) {
            choices += fmt::format("{}{}", choices.empty() || choice.empty() ? "" : "|", choice);
        }
        help += fmt::format(" ({})", choices);
    }
    const std::string standard = format(Options{}, row);
    if (standard != "\"\"" && standard != "false" && standard != "[]") {
        help += fmt::format(" [{}]", standard);
    }
    return help;
}

/// What the help calls the value.
std::string placeholderOf(const Setting& row) {
    const bool number = std::holds_alternative<unsigned Options::*>(row.member);
    return number ? "N" : std::string(row.placeholder);
}

void addArgument(CLI::App& app, const Argument& argument, Layer& flags) {
    const Setting& row = setting(argument.setting);
    const std::string key(row.name);
    app.add_option_function<std::vector<std::string>>(
           key, [&flags, key](const std::vector<std::string>& values) { flags[key] = values; },
           helpOf(row))
        ->expected(argument.least, argument.most)
        ->allow_extra_args(argument.most < 0) // or it takes the words of the next argument as well
        ->required(argument.least > 0)
        ->type_name(placeholderOf(row));
}

void addSetting(CLI::App& app, const Setting& row, Layer& flags) {
    std::string names = fmt::format("--{}", row.name);
    if (!row.flags.empty()) {
        names += fmt::format(",{}", row.flags);
    }
    const std::string key(row.name);
    if (std::holds_alternative<bool Options::*>(row.member)) {
        app.add_flag_callback(
            names, [&flags, key] { flags[key] = {"true"}; }, helpOf(row));
        return;
    }
    const bool list = std::holds_alternative<std::vector<std::string> Options::*>(row.member);
    app.add_option_function<std::vector<std::string>>(
           names, [&flags, key](const std::vector<std::string>& values) { flags[key] = values; },
           helpOf(row))
        ->expected(1)
        ->allow_extra_args(false)
        ->multi_option_policy(list ? CLI::MultiOptionPolicy::TakeAll
                                   : CLI::MultiOptionPolicy::TakeLast)
        ->type_name(placeholderOf(row) + (list ? " ..." : ""));
}

/// What CLI11 fills while it parses.
struct Parsed {
    Layer flags;
    std::string configFile;
    bool printConfig = false;
    const Command* command = nullptr;
};

void addCommonSettings(CLI::App& app, Parsed& parsed) {
    for (const std::string_view name : kCommonSettings) {
        addSetting(app, setting(name), parsed.flags);
    }
    app.add_option("--config", parsed.configFile,
                   "Configuration file [/etc/driverctl/driverctl.toml when it exists]")
        ->type_name("FILE");
    app.add_flag("--print-config", parsed.printConfig,
                 "Print every setting with its value and origin, do nothing else");
    app.set_version_flag("--version", fmt::format("driverctl {}", kVersion));
}

/// Parsers of groups of commands, by name.
using Groups = std::map<std::string, CLI::App*>;

/// The parser of "package list" is one of the parser of "package", which is made on first use.
CLI::App* parserOf(CLI::App& app, const Command& command, Groups& groups) {
    const std::string name(command.name);
    const auto blank = name.find(' ');
    if (blank == std::string::npos) {
        return app.add_subcommand(name, std::string(command.description));
    }
    const std::string group = name.substr(0, blank);
    CLI::App*& parent = groups[group];
    if (parent == nullptr) {
        parent = app.add_subcommand(group, fmt::format("driverctl {} COMMAND ...", group));
        parent->require_subcommand(1);
    }
    return parent->add_subcommand(name.substr(blank + 1), std::string(command.description));
}

void addCommand(CLI::App& app, const Command& command, Groups& groups, Parsed& parsed) {
    CLI::App* sub = parserOf(app, command, groups);
    sub->callback([&parsed, &command] { parsed.command = &command; });
    sub->footer(exitCodeHelp(command.exitCodes));
    for (const std::string_view name : command.settings) {
        addSetting(*sub, setting(name), parsed.flags);
    }
    for (const Argument& argument : command.arguments) {
        addArgument(*sub, argument, parsed.flags);
    }
    addCommonSettings(*sub, parsed);
}

} // namespace

std::optional<Invocation> parseCommandLine(int argc, const char* const* argv) {
    CLI::App app("NVIDIA's driver on an immutable host: builds, packages, loads and unloads it.",
                 "driverctl");
    Parsed parsed;
    addCommonSettings(app, parsed);
    app.footer("'driverctl COMMAND --help' says more.");
    Groups groups;
    for (const Command& command : commands()) {
        addCommand(app, command, groups, parsed);
    }
    app.require_subcommand(0, 1);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
            app.exit(error, std::cout, std::cerr); // --help and --version
            return std::nullopt;
        }
        throw host::Error(host::Fault::Usage, error.what(), "See 'driverctl --help'.");
    }
    Invocation invocation;
    invocation.printConfig = parsed.printConfig;
    invocation.command = parsed.command;
    if (invocation.command == nullptr && !invocation.printConfig) {
        throw host::Error(host::Fault::Usage, "no command given", "See 'driverctl --help'.");
    }
    invocation.config =
        loadConfig(parsed.flags, parsed.configFile.empty()
                                     ? std::nullopt
                                     : std::optional<std::filesystem::path>(parsed.configFile));
    return invocation;
}

} // namespace driverctl
