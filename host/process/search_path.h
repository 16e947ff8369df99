/// Where programs are looked for when nobody's $PATH counts, or there is none: as root's shell does
/// it. A constant.
#pragma once

namespace host {

inline constexpr const char* kSearchPath =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

} // namespace host
