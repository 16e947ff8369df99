#include "precompile/source/driver_name.h"

#include "host/base/error.h"
#include "host/base/text.h"
#include "precompile/package/driver_version.h"

#include <algorithm>
#include <cctype>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace precompile {

namespace {

constexpr std::string_view kLatest = "latest";

bool isDigit(char character) {
    return std::isdigit(static_cast<unsigned char>(character)) != 0;
}

/// Without what is put around a version: "v" before it, a package's revision behind it.
std::string_view bareVersion(std::string_view name) {
    if (name.size() > 1 && (name.front() == 'v' || name.front() == 'V') && isDigit(name[1])) {
        name.remove_prefix(1);
    }
    const auto dash = name.find('-');
    if (dash != std::string_view::npos && dash + 1 < name.size() && isDigit(name[dash + 1])) {
        name = name.substr(0, dash);
    }
    return name;
}

std::string whatThereIs(const std::vector<std::string>& installed, std::string_view place) {
    return installed.empty() ? fmt::format("there are no driver sources in {}", place)
                             : fmt::format("{} has {}", place, fmt::join(installed, ", "));
}

[[noreturn]] void refuse(const std::string& problem) {
    throw host::Error(host::Fault::Usage, problem,
                      "Name a driver such as 535.261.03 with {driver}, or where its sources are "
                      "with {source-dir}.");
}

} // namespace

std::string driverMeant(std::string_view wanted, const std::vector<std::string>& installed,
                        std::string_view place) {
    if (wanted == kLatest && !installed.empty()) {
        return *std::ranges::max_element(installed, isOlderDriver);
    }
    const std::string version(bareVersion(host::trimmed(wanted)));
    if (!isDriverVersion(version)) {
        refuse(fmt::format("'{}' is no driver version: {}", wanted, whatThereIs(installed, place)));
    }
    std::vector<std::string> matching;
    std::ranges::copy_if(installed, std::back_inserter(matching), [&](const std::string& one) {
        return one == version || one.starts_with(version + ".");
    });
    if (matching.size() > 1) {
        refuse(fmt::format("'{}' may be {}", wanted, fmt::join(matching, " or ")));
    }
    if (matching.empty() && version.find('.') == std::string::npos) {
        refuse(fmt::format("there is no driver '{}': {}", wanted, whatThereIs(installed, place)));
    }
    return matching.empty() ? version : matching.front();
}

} // namespace precompile
