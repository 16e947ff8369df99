/// /etc/ld.so.cache, in which ldconfig writes down where libraries lie.
///
/// Pure. Reads the format "glibc-ld.so.cache1.1", which ldconfig writes since glibc 2.32 (before,
/// on request), of this machine's byte order.
#pragma once

#include <string_view>
#include <vector>

namespace host {

/// The libraries' paths, as parts of `cache`, in its order. Empty for anything but such a cache;
/// entries that point out of it are left out.
std::vector<std::string_view> librariesOfLinkerCache(std::string_view cache);

} // namespace host
