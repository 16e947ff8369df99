/// Lists as NVIDIA's variables and settings have them. Pure.
#pragma once

#include "host/base/text.h"
#include "toolkit/inventory/once.h"

#include <string>
#include <string_view>
#include <vector>

namespace toolkit {

/// What stands between the commas, trimmed; empty items are skipped.
inline std::vector<std::string> commaList(std::string_view text) {
    std::vector<std::string> items;
    for (const auto& part : host::split(text, ',')) {
        if (const auto item = host::trimmed(part); !item.empty()) {
            items.emplace_back(item);
        }
    }
    return items;
}

/// Each item at its first place.
inline std::vector<std::string> once(const std::vector<std::string>& items) {
    std::vector<std::string> unique;
    for (const auto& item : items) {
        addOnce(unique, item);
    }
    return unique;
}

} // namespace toolkit
