/// A flag as it is typed, whichever table its row is in: the settings, a command's arguments, or
/// the few that every command has.
///
/// Command line, completion and manual are made from these. Pure.
#pragma once

#include "driverctl/cli/argument.h"
#include "driverctl/cli/setting.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace driverctl {

struct Command;

struct Flag {
    enum class Owner { Program, Command, Configuration };

    std::string_view name;          ///< of its row
    std::vector<std::string> names; ///< "--kernel", "-k"
    std::string_view help;
    std::string_view placeholder = {};  ///< what the value is called; empty: it takes no value
    std::string_view bare = {};         ///< its value where none is given; empty: it needs one
    std::span<const Word> choices = {}; ///< empty: any value
    bool isList = false;                ///< it may be given several times
    std::string_view title = {};        ///< of the group in the help
    Owner owner = Owner::Configuration;
};

/// Names of the program's own flags.
inline constexpr std::string_view kHelpFlag = "help";
inline constexpr std::string_view kVersionFlag = "version";
inline constexpr std::string_view kConfigFlag = "config";
inline constexpr std::string_view kPrintConfigFlag = "print-config";

Flag flagOf(const Setting& row);
/// Of an argument that is a flag.
Flag flagOf(const Argument& row);

/// The value that a setting has when nobody gives one, as TOML; empty for none.
std::string standardOf(const Flag& flag);

/// All that may stand before a command.
std::vector<Flag> programsOwnFlags();
/// All that may stand behind it, in the order of the help.
std::vector<Flag> flagsOf(const Command& command);

} // namespace driverctl
