/// Lists in which a value is once, in the order in which values came.
#pragma once

#include <algorithm>
#include <vector>

namespace toolkit {

template <typename Value>
void addOnce(std::vector<Value>& values, const Value& value) {
    if (std::ranges::find(values, value) == values.end()) {
        values.push_back(value);
    }
}

} // namespace toolkit
