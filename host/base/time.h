/// Time as it is written for people and in documents: one form, UTC.
#pragma once

#include <cstdint>
#include <string>

namespace host {

/// "2026-03-01T12:00:00Z" (RFC 3339); the number itself where its year has no four digits.
/// `seconds` since 1970. Reads no file and no variable.
std::string utcTime(std::int64_t seconds);

} // namespace host
