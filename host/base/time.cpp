#include "host/base/time.h"

#include <ctime>
#include <fmt/format.h>

namespace host {

std::string utcTime(std::int64_t seconds) {
    std::tm parts{};
    const auto time = static_cast<std::time_t>(seconds);
    if (::gmtime_r(&time, &parts) == nullptr) {
        return fmt::format("{}", seconds);
    }
    constexpr int kFirstYear = 1900;
    // By hand: fmt's calendar brings the locales, a third of a small program.
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", parts.tm_year + kFirstYear,
                       parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

} // namespace host
