/// What the fuzz targets share. Bad input is answered with an Error; any other exception, a crash,
/// a sanitizer's complaint or a broken property is a finding.
#pragma once

#include "host/base/error.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>

namespace fuzz {

template <typename Function>
void refuseOrAccept(const Function& function) {
    try {
        function();
    } catch (const host::Error&) {
    }
}

inline void require(bool holds, std::string_view property) {
    if (!holds) {
        std::cerr << "broken property: " << property << '\n';
        std::abort();
    }
}

inline std::string text(const std::uint8_t* data, std::size_t size) {
    return {reinterpret_cast<const char*>(data), size};
}

} // namespace fuzz
