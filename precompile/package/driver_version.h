/// What the number of a driver says: its branch, and which of two is the newer one. Pure functions.
#pragma once

#include <string_view>

namespace precompile {

/// Digits and dots: "535.261.03", "595.84", "535".
bool isDriverVersion(std::string_view text);

/// The number of NVIDIA's branch, 535 for "535.261.03"; 0 for what is no version.
int branchOf(std::string_view driver);

/// By the numbers between the dots: 535.98 comes before 535.104.05.
bool isOlderDriver(std::string_view left, std::string_view right);

} // namespace precompile
