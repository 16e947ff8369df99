/// The commands as data: what the command line, the help and the README's tables are made from.
#pragma once

#include "driverctl/config.h"
#include "driverctl/exit_code.h"

#include <span>
#include <string_view>
#include <vector>

namespace driverctl {

struct Command {
    std::string_view name;
    std::string_view description;           ///< one line
    std::vector<std::string_view> settings; ///< beside those that every command has
    std::vector<ExitCode> exitCodes;        ///< that it may end with
    /// Does it. Failures are exceptions; the value is the exit code of a run that came to its end.
    ExitCode (*run)(const Options& options);
    std::string_view argument = {}; ///< the setting that the word after the command gives
};

std::span<const Command> commands();

} // namespace driverctl
