#include "driverctl/cli/command.h"

#include "driverctl/cli/node.h"

#include <algorithm>

namespace driverctl {

std::vector<std::string_view> settingsOf(const Command& command) {
    std::vector<std::string_view> names;
    const auto add = [&names](const Group& group) {
        std::ranges::transform(group.settings, std::back_inserter(names), &Setting::name);
    };
    for (const Group* group : command.groups) {
        add(*group);
    }
    names.insert(names.end(), command.settings.begin(), command.settings.end());
    add(kLogSettings);
    return names;
}

bool reads(const Command& command, std::string_view setting) {
    const auto names = settingsOf(command);
    return std::ranges::find(names, setting) != names.end();
}

bool asksNode(const Command& command) {
    return std::ranges::any_of(
        kNodeSettings, [&command](const std::string_view name) { return reads(command, name); });
}

ExitCode run(const Command& command, Config config, const Arguments& arguments) {
    const auto names = settingsOf(command);
    if (asksNode(command)) {
        applyNode(config);
    }
    for (const std::string_view name : names) {
        if (const Setting& row = setting(name); row.isInput) {
            for (const std::string& value : valuesOf(config.options, row)) {
                requireReadable(value, row.placeholder);
            }
        }
    }
    arguments.requireInputs();
    return command.run(Settings(config.options, command), arguments);
}

} // namespace driverctl
