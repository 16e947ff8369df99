/// /etc/ld.so.cache, in which ldconfig writes down where libraries lie.
///
/// Pure. Reads the format "glibc-ld.so.cache1.1", of this machine's byte order: a file of its own
/// since glibc 2.32, before behind one of the format "ld.so-1.7.0" (RHEL 8, Ubuntu 20.04).
#pragma once

#include <string_view>
#include <vector>

namespace host {

/// The libraries' paths, as parts of `file`, in its order. Empty for anything but such a cache;
/// entries that point out of it are left out.
std::vector<std::string_view> librariesOfLinkerCache(std::string_view file);

} // namespace host
