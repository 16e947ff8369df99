#include "driverctl/command_line.h"

#include "driverctl/version.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <iostream>
#include <memory>

namespace driverctl {

namespace {

constexpr std::string_view kCommonSettings[] = {"log-format", "quiet", "verbose"};

std::string exitCodeHelp(const std::vector<ExitCode>& codes) {
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
    std::string standard = format(Options{}, row);
    if (standard != "\"\"" && standard != "false") {
        help += fmt::format(" [{}]", standard);
    }
    return help;
}

void addArgument(CLI::App& app, const Setting& row, Layer& flags) {
    const std::string key(row.name);
    app.add_option_function<std::string>(
           key, [&flags, key](const std::string& value) { flags[key] = {value}; }, helpOf(row))
        ->required();
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
        ->multi_option_policy(list ? CLI::MultiOptionPolicy::TakeAll
                                   : CLI::MultiOptionPolicy::TakeLast)
        ->type_name(list ? "VALUE ..." : "VALUE");
}

/// What CLI11 fills while it parses.
struct Parsed {
    Layer flags;
    std::string configFile;
    bool printConfig = false;
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

void addCommand(CLI::App& app, const Command& command, Parsed& parsed) {
    CLI::App* sub = app.add_subcommand(std::string(command.name), std::string(command.description));
    sub->footer(exitCodeHelp(command.exitCodes));
    for (const std::string_view name : command.settings) {
        addSetting(*sub, setting(name), parsed.flags);
    }
    if (!command.argument.empty()) {
        addArgument(*sub, setting(command.argument), parsed.flags);
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
    for (const Command& command : commands()) {
        addCommand(app, command, parsed);
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
    for (const Command& command : commands()) {
        if (app.got_subcommand(std::string(command.name))) {
            invocation.command = &command;
        }
    }
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
