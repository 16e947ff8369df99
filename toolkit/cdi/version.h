/// Versions of the CDI specification: which there are, and which the content of a specification
/// needs.
///
/// A reader refuses a whole file of a version that it does not know, so a file says the lowest
/// version that its content allows. Pure functions.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string_view>

namespace toolkit::cdi {

/// In order. Nothing needs 0.8.0 or 1.0.0, and nobody writes less than 0.3.0.
enum class Version {
    V0_1_0,
    V0_2_0,
    V0_3_0,
    V0_4_0, ///< a mount's type
    V0_5_0, ///< a device node's hostPath; names of devices that start with a digit
    V0_6_0, ///< annotations; a dot in the class
    V0_7_0, ///< additionalGids, intelRdt
    V0_8_0,
    V1_0_0,
    V1_1_0, ///< netDevices; intelRdt's schemata and enableMonitoring
};

std::string_view toString(Version version); ///< "0.5.0"
/// With or without a "v" before it.
std::optional<Version> toVersion(std::string_view text);

/// That the content of a whole specification needs, whatever version it says that it has.
/// `specification` may be any JSON: what is not well-formed counts for nothing.
Version minimumVersion(const nlohmann::json& specification);

} // namespace toolkit::cdi
