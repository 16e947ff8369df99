#include "host/base/time.h"

#include <chrono>
#include <fmt/format.h>

namespace host {

std::string utcTime(std::int64_t seconds) {
    constexpr std::int64_t kFirst = -62'167'219'200; // of the years with four digits
    constexpr std::int64_t kLast = 253'402'300'799;
    if (seconds < kFirst || seconds > kLast) {
        return fmt::format("{}", seconds);
    }
    // gmtime(3) would open the file that $TZ names, whosever the environment is.
    using std::chrono::days;
    const std::chrono::sys_seconds time{std::chrono::seconds(seconds)};
    const auto midnight = std::chrono::floor<days>(time);
    const std::chrono::year_month_day date(midnight);
    const std::chrono::hh_mm_ss clock(time - midnight);
    // By hand: fmt's calendar brings the locales, a third of a small program.
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", int{date.year()},
                       unsigned{date.month()}, unsigned{date.day()}, clock.hours().count(),
                       clock.minutes().count(), clock.seconds().count());
}

} // namespace host
