/// What is too large to be a package, wherever it comes from or goes.
#pragma once

#include <cstdint>

namespace precompile {

/// Bytes of a package file: several times what the largest driver makes.
constexpr std::uint64_t kLargestPackage = std::uint64_t{512} << 20;

} // namespace precompile
