/// How many threads a piece of work gets.
#pragma once

#include <algorithm>
#include <thread>

namespace host {

/// `wanted`, or one for each processor when that is 0.
inline unsigned threadsOf(unsigned wanted) {
    return wanted != 0 ? wanted : std::max(1U, std::thread::hardware_concurrency());
}

} // namespace host
