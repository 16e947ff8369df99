/// A command as data: what the command line, the help and the tables of the documents are compared
/// with. The commands themselves: driverctl/commands/all.h.
#pragma once

#include "driverctl/cli/argument.h"
#include "driverctl/cli/config.h"
#include "driverctl/cli/exit_code.h"
#include "driverctl/cli/groups.h"
#include "driverctl/cli/settings.h"

#include <string_view>
#include <vector>

namespace driverctl {

struct Command {
    std::string_view name;    ///< "init", or "package list" for a command of a group
    std::string_view summary; ///< one line
    /// What it reads of the configuration, beside the log's settings, which every command has:
    /// whole groups, and single settings of others.
    std::vector<const Group*> groups = {};
    std::vector<std::string_view> settings = {};
    std::vector<Argument> arguments = {};
    std::vector<ExitCode> exitCodes = {}; ///< that it may end with, besides 0, 1 and 2
    /// Does it. Failures are exceptions; the value is the exit code of a run that came to its end.
    ExitCode (*run)(const Settings& settings, const Arguments& arguments);
};

/// The names of all settings that the command reads.
std::vector<std::string_view> settingsOf(const Command& command);
bool reads(const Command& command, std::string_view setting);

/// Whether the node is looked at for it: it reads something that applyNode() may fill.
bool asksNode(const Command& command);

/// Runs the command. What the configuration leaves open and the command reads is filled with what
/// the node says (node.h); every file that it reads has to be there.
ExitCode run(const Command& command, Config config, const Arguments& arguments);

} // namespace driverctl
