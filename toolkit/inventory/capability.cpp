#include "toolkit/inventory/capability.h"

#include <algorithm>
#include <array>

namespace toolkit {

namespace {

constexpr std::array<std::string_view, std::size(kCapabilities)> kWords = {
    "utility", "compute", "video", "graphics", "display", "ngx", "compat32"};

} // namespace

std::string_view toString(Capability capability) {
    return kWords.at(static_cast<std::size_t>(capability));
}

std::optional<Capability> toCapability(std::string_view word) {
    const auto* const found = std::ranges::find(kWords, word);
    return found == kWords.end() ? std::nullopt
                                 : std::optional(kCapabilities[found - kWords.begin()]);
}

Capabilities expanded(const Capabilities& capabilities) {
    Capabilities all = capabilities;
    if (all.contains(Capability::Video)) {
        all.insert(Capability::Compute);
    }
    if (all.contains(Capability::Display)) {
        all.insert(Capability::Graphics);
    }
    return all;
}

} // namespace toolkit
