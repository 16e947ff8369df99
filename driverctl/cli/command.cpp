#include "driverctl/cli/command.h"

namespace driverctl {

ExitCode run(const Command& command, const Options& options) {
    for (const std::string_view name : command.settings) {
        requireInput(options, setting(name));
    }
    for (const Argument& argument : command.arguments) {
        requireInput(options, setting(argument.setting));
    }
    return command.run(options);
}

} // namespace driverctl
