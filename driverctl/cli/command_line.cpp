#include "driverctl/cli/command_line.h"

#include "driverctl/cli/flag.h"
#include "driverctl/cli/program_names.h"
#include "driverctl/cli/usage.h"
#include "driverctl/cli/version.h"
#include "driverctl/commands/all.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <iostream>
#include <iterator>
#include <map>
#include <set>
#include <sstream>

namespace driverctl {

namespace {

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

std::string choicesHelp(std::span<const Word> choices) {
    std::string text;
    for (const auto& [choice, code] : choices) {
        text += fmt::format("{}{}", text.empty() || choice.empty() ? "" : "|", choice);
    }
    return text.empty() ? "" : fmt::format(" ({})", text);
}

std::string helpOf(const Flag& flag) {
    const std::string standard = standardOf(flag);
    return fmt::format("{}{}{}", flag.help, choicesHelp(flag.choices),
                       standard.empty() ? "" : fmt::format(" [{}]", standard));
}

std::string namesOf(const Flag& flag) {
    return fmt::format("{}", fmt::join(flag.names, ","));
}

auto setterOf(Layer& layer, std::string_view name) {
    return [&layer, key = std::string(name)](const std::vector<std::string>& values) {
        layer[key] = values;
    };
}

void addFlag(CLI::App& app, const Flag& flag, Layer& layer) {
    const std::string names = namesOf(flag);
    const std::string group(flag.title);
    if (flag.placeholder.empty()) {
        app.add_flag_callback(
               names, [&layer, key = std::string(flag.name)] { layer[key] = {"true"}; },
               helpOf(flag))
            ->group(group);
        return;
    }
    app.add_option_function<std::vector<std::string>>(
           names,
           [&layer, key = std::string(flag.name),
            bare = flag.bare](std::vector<std::string> values) {
               if (!bare.empty() && values.back().empty()) {
                   values.back() = bare;
               }
               layer[key] = std::move(values);
           },
           helpOf(flag))
        ->expected(flag.bare.empty() ? 1 : 0, 1)
        ->allow_extra_args(false)
        ->multi_option_policy(flag.isList ? CLI::MultiOptionPolicy::TakeAll
                                          : CLI::MultiOptionPolicy::TakeLast)
        ->type_name(fmt::format("{}{}", flag.placeholder, flag.isList ? " ..." : ""))
        ->group(group);
}

void addWords(CLI::App& app, const Argument& argument, Layer& arguments) {
    const std::string help = fmt::format("{}{}", argument.help, choicesHelp(argument.choices));
    app.add_option_function<std::vector<std::string>>(std::string(argument.name),
                                                      setterOf(arguments, argument.name), help)
        ->expected(std::max(argument.least, 1), argument.most) // or one that may lack takes none
        ->allow_extra_args(argument.most == kAnyNumber) // or it takes those of the next as well
        ->required(argument.least > 0)
        ->type_name(std::string(argument.placeholder));
}

/// What CLI11 fills while it parses.
struct Parsed {
    Layer flags;
    Layer arguments;
    Layer program; ///< flags that every command has
    const Command* command = nullptr;

    Layer& layerOf(const Flag& flag) {
        switch (flag.owner) {
        case Flag::Owner::Configuration:
            return flags;
        case Flag::Owner::Command:
            return arguments;
        case Flag::Owner::Program:
            break;
        }
        return program;
    }
};

void addFlags(CLI::App& app, const std::vector<Flag>& flags, Parsed& parsed) {
    for (const Flag& flag : flags) {
        const bool program = flag.owner == Flag::Owner::Program;
        if (program && flag.name == kHelpFlag) {
            app.set_help_flag(namesOf(flag), helpOf(flag));
        } else if (program && flag.name == kVersionFlag) {
            app.set_version_flag(namesOf(flag), fmt::format("driverctl {}", kVersion),
                                 helpOf(flag));
        } else {
            addFlag(app, flag, parsed.layerOf(flag));
        }
    }
}

/// Parsers of groups of commands, by name.
using Groups = std::map<std::string, CLI::App*>;

/// The parser of "package list" is one of the parser of "package", which is made on first use.
CLI::App* parserOf(CLI::App& app, const Command& command, Groups& groups) {
    const std::string name(command.name);
    const auto blank = name.find(' ');
    if (blank == std::string::npos) {
        return app.add_subcommand(name, std::string(command.summary));
    }
    const std::string group = name.substr(0, blank);
    CLI::App*& parent = groups[group];
    if (parent == nullptr) {
        parent = app.add_subcommand(group, fmt::format("driverctl {} COMMAND ...", group));
        parent->require_subcommand(1);
    }
    return parent->add_subcommand(name.substr(blank + 1), std::string(command.summary));
}

/// Whether the command can be meant: each word of its name is among the arguments.
bool mayBeMeant(const Command& command, const std::set<std::string_view>& arguments) {
    std::istringstream words{std::string(command.name)};
    return std::all_of(std::istream_iterator<std::string>(words), {},
                       [&](const std::string& word) { return arguments.contains(word); });
}

/// The settings of commands that cannot be meant are left out: at each start of the program they
/// would cost more than all the rest of the command line.
void addCommand(CLI::App& app, const Command& command, Groups& groups, Parsed& parsed,
                const std::set<std::string_view>& arguments) {
    CLI::App* sub = parserOf(app, command, groups);
    if (!mayBeMeant(command, arguments)) {
        return;
    }
    sub->callback([&parsed, &command] { parsed.command = &command; });
    sub->footer(exitCodeHelp(command.exitCodes));
    for (const Argument& argument : command.arguments) {
        if (!argument.isFlag()) {
            addWords(*sub, argument, parsed.arguments);
        }
    }
    addFlags(*sub, flagsOf(command), parsed);
}

/// The value of the last --name VALUE or --name=VALUE, however wrong the rest is.
std::optional<std::string> lastValueOf(const std::string& name, int argc, const char* const* argv) {
    std::optional<std::string> value;
    for (int i = 1; i < argc; ++i) {
        const std::string_view word = argv[i];
        if (word == name && i + 1 < argc) {
            value = argv[i + 1];
        } else if (word.starts_with(name + "=")) {
            value = word.substr(name.size() + 1);
        }
    }
    return value;
}

} // namespace

std::optional<Invocation> parseCommandLine(int argc, const char* const* argv) {
    const auto words = inOwnWords(argc, argv);
    if (!words) {
        return std::nullopt;
    }
    CLI::App app(fmt::format("{}.", kPurpose), "driverctl");
    Parsed parsed;
    app.formatter(helpFormatter());
    addFlags(app, programsOwnFlags(), parsed);
    app.footer("'driverctl COMMAND --help' says more.");
    Groups groups;
    for (const Command* command : kCommands) {
        addCommand(app, *command, groups, parsed, {words->begin(), words->end()});
    }
    app.require_subcommand(0, 1);
    try {
        app.parse(std::vector<std::string>(words->rbegin(), std::prev(words->rend())));
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
            app.exit(error, std::cout, std::cerr); // --help and --version
            return std::nullopt;
        }
        throw usageError(app, error);
    }
    const bool printConfig = parsed.program.contains(kPrintConfigFlag);
    if (parsed.command == nullptr && !printConfig) {
        throw host::Error(host::Fault::Usage, "no command given", "See 'driverctl --help'.");
    }
    const auto given = parsed.program.find(kConfigFlag);
    const auto configFile = given == parsed.program.end()
                                ? std::nullopt
                                : std::optional<std::filesystem::path>(given->second.back());
    const std::span<const Argument> none;
    return Invocation{.command = parsed.command,
                      .config = loadConfig(parsed.flags, configFile,
                                           [&parsed](std::string_view setting) {
                                               return parsed.command == nullptr ||
                                                      reads(*parsed.command, setting);
                                           }),
                      .arguments =
                          Arguments(parsed.command != nullptr ? parsed.command->arguments : none,
                                    parsed.arguments),
                      .printConfig = printConfig};
}

LogFormat wantedLogFormat(int argc, const char* const* argv) {
    return logFormatOf(lastValueOf("--log-format", argc, argv),
                       lastValueOf("--config", argc, argv));
}

} // namespace driverctl
