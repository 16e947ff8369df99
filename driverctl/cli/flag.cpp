#include "driverctl/cli/flag.h"

#include "driverctl/cli/command.h"

#include <algorithm>
#include <iterator>

namespace driverctl {

namespace {

/// What is no setting, and no argument of one command.
const Argument kProgramFlags[] = {
    {.name = kHelpFlag, .flags = "--help,-h", .help = "Print this help message and exit"},
    {.name = kConfigFlag,
     .flags = "--config",
     .placeholder = "FILE",
     .help = "Configuration file [/etc/driverctl/driverctl.toml when it exists]"},
    {.name = kPrintConfigFlag,
     .flags = "--print-config",
     .help = "Print every setting with its value and origin, do nothing else"},
    {.name = kVersionFlag,
     .flags = "--version",
     .help = "Display program version information and exit"},
};

/// "--kernel,-k" as two.
std::vector<std::string> namesIn(std::string_view flags) {
    std::vector<std::string> names;
    while (!flags.empty()) {
        const auto comma = std::min(flags.find(','), flags.size());
        names.emplace_back(flags.substr(0, comma));
        flags.remove_prefix(std::min(comma + 1, flags.size()));
    }
    return names;
}

template <typename Rows>
void append(std::vector<Flag>& flags, const Rows& rows) {
    std::ranges::transform(rows, std::back_inserter(flags),
                           [](const auto& row) { return flagOf(row); });
}

/// A command may have one of its own with that name.
void appendProgramFlags(std::vector<Flag>& flags) {
    for (const Argument& row : kProgramFlags) {
        if (std::ranges::find(flags, row.name, &Flag::name) == flags.end()) {
            flags.push_back(flagOf(row));
            flags.back().owner = Flag::Owner::Program;
        }
    }
}

} // namespace

Flag flagOf(const Setting& row) {
    std::vector<std::string> names = {"--" + std::string(row.name)};
    std::ranges::copy(namesIn(row.flags), std::back_inserter(names));
    return {.name = row.name,
            .names = std::move(names),
            .help = row.help,
            .placeholder = row.is<unsigned*>() ? "N" : row.placeholder,
            .bare = row.bare,
            .choices = row.choices,
            .isList = row.isList(),
            .title = groupOf(row.name).title};
}

Flag flagOf(const Argument& row) {
    return {.name = row.name,
            .names = namesIn(row.flags),
            .help = row.help,
            .placeholder = row.placeholder,
            .choices = row.choices,
            .isList = row.most == kAnyNumber,
            .title = "Options",
            .owner = Flag::Owner::Command};
}

std::string standardOf(const Flag& flag) {
    if (flag.owner != Flag::Owner::Configuration) {
        return "";
    }
    const std::string value = format(Options{}, setting(flag.name));
    const bool none = value == "\"\"" || value == "false" || value == "[]";
    return none ? "" : value;
}

std::vector<Flag> programsOwnFlags() {
    std::vector<Flag> flags;
    appendProgramFlags(flags);
    append(flags, kLogSettings.settings);
    return flags;
}

std::vector<Flag> flagsOf(const Command& command) {
    std::vector<Flag> flags;
    for (const Argument& argument : command.arguments) {
        if (argument.isFlag()) {
            flags.push_back(flagOf(argument));
        }
    }
    appendProgramFlags(flags);
    for (const std::string_view name : settingsOf(command)) {
        flags.push_back(flagOf(setting(name)));
    }
    return flags;
}

} // namespace driverctl
