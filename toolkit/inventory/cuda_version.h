/// The newest CUDA version that a driver supports, by its branch.
#pragma once

#include <string>
#include <string_view>

namespace toolkit {

/// "12.2" for "535.261.03". A branch that is not known here has at least what the last one before
/// it has; empty for one before the first (450), and for no version.
std::string cudaVersionOf(std::string_view driver);

} // namespace toolkit
