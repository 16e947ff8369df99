#include "toolkit/cdi/version.h"

#include "toolkit/cdi/fields.h"
#include "toolkit/cdi/names.h"

#include <algorithm>
#include <array>

namespace toolkit::cdi {

using Json = nlohmann::json;

namespace {

constexpr std::array<std::string_view, 10> kNames = {"0.1.0", "0.2.0", "0.3.0", "0.4.0", "0.5.0",
                                                     "0.6.0", "0.7.0", "0.8.0", "1.0.0", "1.1.0"};

/// By the names alone.
Version neededByNames(const Json& specification) {
    const auto startsWithDigit = [](const Json& device) {
        const auto name = textOf(device, "name");
        return !name.empty() && !isLetter(name.front());
    };
    if (kindOf(textOf(specification, "kind")).className.find('.') != std::string::npos) {
        return Version::V0_6_0;
    }
    return std::ranges::any_of(memberOf(specification, "devices"), startsWithDigit)
               ? Version::V0_5_0
               : Version::V0_3_0;
}

} // namespace

std::string_view toString(Version version) {
    return kNames.at(static_cast<std::size_t>(version));
}

std::optional<Version> toVersion(std::string_view text) {
    text.remove_prefix(text.starts_with('v') ? 1 : 0);
    const auto* const found = std::ranges::find(kNames, text);
    return found == kNames.end() ? std::nullopt
                                 : std::optional(static_cast<Version>(found - kNames.begin()));
}

Version minimumVersion(const Json& specification) {
    Version needed = neededByNames(specification);
    forEachField(specification, [&needed](const Place& place) {
        if (place.field != nullptr && saysSomething(*place.field, place.value)) {
            needed = std::max(needed, place.field->since);
        }
    });
    return needed;
}

} // namespace toolkit::cdi
