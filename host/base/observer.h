/// How a library tells its caller what it does, while it does it. Libraries do not log: what
/// becomes of this is the caller's business.
///
/// A plain value, which may be copied; nobody listens to a default one. It is called in the thread
/// that works, and may throw to end the work.
#pragma once

#include "host/base/error.h"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace host {

/// How far a piece of work is.
struct WorkDone {
    enum class Unit { Bytes, Items };
    std::string_view work; ///< "Fetching"; another one starts a count of its own
    Unit unit = Unit::Bytes;
    std::uint64_t done = 0;
    std::uint64_t total = 0; ///< 0: unknown
};

struct Observer {
    /// Work begins that takes a while: "Fetching the developer environment of release 4593.2.5".
    std::function<void(const std::string& work)> stage = [](const std::string&) {};
    std::function<void(const WorkDone& now)> progress = [](const WorkDone&) {};
    /// Something was found, decided or done.
    std::function<void(const std::string& text)> note = [](const std::string&) {};
    /// Something went wrong, and the work goes on.
    std::function<void(const std::string& text)> warn = [](const std::string&) {};
    /// The same, where there is a remedy.
    std::function<void(const Error& error)> forgive = [](const Error&) {};
};

} // namespace host
