/// The table of all settings, put together from its groups. How they are read and printed:
/// options.cpp.
#include "driverctl/cli/settings.h"

#include <algorithm>
#include <fmt/format.h>
#include <stdexcept>
#include <vector>

namespace driverctl {

std::span<const Setting> settings() {
    static const std::vector<Setting> rows = [] {
        std::vector<Setting> all;
        for (const auto& group :
             {targetSettings(), buildSettings(), loadSettings(), packageSettings()}) {
            all.insert(all.end(), group.begin(), group.end());
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

} // namespace driverctl
