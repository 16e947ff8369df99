/// The newest CUDA version that a driver supports, by its branch.
#pragma once

#include <string>
#include <string_view>

namespace toolkit {

/// "12.2" for "535.261.03"; empty for a branch that is not known here, and for no version.
std::string cudaVersionOf(std::string_view driver);

} // namespace toolkit
