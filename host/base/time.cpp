#include "host/base/time.h"

#include <ctime>
#include <fmt/chrono.h>
#include <fmt/format.h>

namespace host {

std::string utcTime(std::int64_t seconds) {
    std::tm parts{};
    const auto time = static_cast<std::time_t>(seconds);
    return ::gmtime_r(&time, &parts) == nullptr ? fmt::format("{}", seconds)
                                                : fmt::format("{:%FT%TZ}", parts);
}

} // namespace host
