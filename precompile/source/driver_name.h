/// What people write for a driver, and which one they mean.
///
/// Pure functions. A name that is no driver's is host::Error(Fault::Usage) that says which drivers
/// there are.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace precompile {

/// The version that is meant: "535" is the only one of that branch, "535.261", "v535.261.03" and
/// Debian's "535.261.03-1" likewise, "latest" the newest one. A whole version that is not among
/// `installed` is returned as it is: a package may do without sources. `place` names in messages
/// where the installed ones are.
std::string driverMeant(std::string_view wanted, const std::vector<std::string>& installed,
                        std::string_view place);

} // namespace precompile
