#include "driverctl/cli/groups.h"

#include <algorithm>
#include <fmt/format.h>
#include <stdexcept>

namespace driverctl {

std::span<const Setting> settings() {
    static const std::vector<Setting> rows = [] {
        std::vector<Setting> all;
        for (const Group* group : kGroups) {
            all.insert(all.end(), group->settings.begin(), group->settings.end());
        }
        return all;
    }();
    return rows;
}

const Setting& setting(std::string_view name) {
    const auto row = std::ranges::find(settings(), name, &Setting::name);
    if (row == settings().end()) {
        throw std::logic_error(fmt::format("no setting is named {}", name));
    }
    return *row;
}

const Group& groupOf(std::string_view name) {
    const auto group = std::ranges::find_if(kGroups, [name](const Group* candidate) {
        return std::ranges::find(candidate->settings, name, &Setting::name) !=
               candidate->settings.end();
    });
    if (group == std::end(kGroups)) {
        throw std::logic_error(fmt::format("no setting is named {}", name));
    }
    return **group;
}

} // namespace driverctl
