/// The two flavours of NVIDIA's kernel modules.
#pragma once

#include <string_view>

namespace precompile {

enum class Flavour { Open, Proprietary };

/// "open" or "proprietary".
std::string_view toString(Flavour flavour);

/// Throws host::Error(Fault::Usage) for anything else.
Flavour flavourFromString(std::string_view text);

} // namespace precompile
