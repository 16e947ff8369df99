#include "driverctl/cli/settings.h"

#include "driverctl/cli/command.h"
#include "driverctl/cli/groups.h"

#include <algorithm>
#include <fmt/format.h>
#include <functional>
#include <stdexcept>

namespace driverctl {

Settings::Settings(const Options& options, const Command& command)
    : options_(options), command_(command.name), names_(settingsOf(command)) {}

bool Settings::names(std::string_view setting) const {
    return std::ranges::find(names_, setting) != names_.end();
}

std::vector<std::string> Settings::valuesOf(const Setting& setting) const {
    requireNamed(placeOf(options_, setting), 1);
    return driverctl::valuesOf(options_, setting);
}

void Settings::requireNamed(const void* begin, std::size_t size) const {
    const auto* const first = static_cast<const std::byte*>(begin);
    for (const Setting& row : settings()) {
        const auto* const place = static_cast<const std::byte*>(placeOf(options_, row));
        const bool within = !std::less<>{}(place, first) && std::less<>{}(place, first + size);
        if (within && !names(row.name)) {
            throw std::logic_error(
                fmt::format("{} reads {}, which its row does not name", command_, row.name));
        }
    }
}

} // namespace driverctl
