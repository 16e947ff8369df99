/// The commands as data: what the command line, the help and the README's tables are made from.
#pragma once

#include "driverctl/cli/config.h"
#include "driverctl/cli/exit_code.h"

#include <string_view>
#include <vector>

namespace driverctl {

/// Words without a flag.
struct Argument {
    std::string_view setting;
    int least = 1;
    int most = 1; ///< -1: any number
};

struct Command {
    std::string_view name;        ///< "init", or "package list" for a command of a group
    std::string_view description; ///< one line
    std::vector<std::string_view> settings = {}; ///< beside those that every command has
    std::vector<ExitCode> exitCodes = {};        ///< that it may end with, besides 0, 1 and 2
    /// Does it. Failures are exceptions; the value is the exit code of a run that came to its end.
    ExitCode (*run)(const Options& options);
    std::vector<Argument> arguments = {}; ///< what the words after the command give, in order
};

/// Runs the command once all that it reads is there (Setting::isInput).
ExitCode run(const Command& command, const Options& options);

} // namespace driverctl
