/// What a container may want of the driver: the words of NVIDIA_DRIVER_CAPABILITIES.
#pragma once

#include <optional>
#include <set>
#include <string_view>

namespace toolkit {

enum class Capability { Utility, Compute, Video, Graphics, Display, Ngx, Compat32 };

using Capabilities = std::set<Capability>;

inline constexpr Capability kCapabilities[] = {
    Capability::Utility, Capability::Compute, Capability::Video,   Capability::Graphics,
    Capability::Display, Capability::Ngx,     Capability::Compat32};

std::string_view toString(Capability capability); ///< "utility"
std::optional<Capability> toCapability(std::string_view word);

/// With what a capability needs of others: video brings compute, display brings graphics.
Capabilities expanded(const Capabilities& capabilities);

} // namespace toolkit
