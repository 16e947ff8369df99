#include "host/linker/linker_cache.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace host {

namespace {

constexpr std::string_view kMagic = "glibc-ld.so.cache1.1";

// glibc, sysdeps/generic/dl-cache.h: struct cache_file_new and struct file_entry_new.
struct Header {
    char magic[kMagic.size()];
    std::uint32_t count;
    std::uint32_t stringsSize;
    std::uint32_t flagsAndExtensions[5];
};
struct Entry {
    std::int32_t flags;
    std::uint32_t key;   ///< offset of "libcuda.so.1", from the header
    std::uint32_t value; ///< offset of its path
    std::uint32_t osVersion;
    std::uint64_t capabilities;
};
static_assert(sizeof(Header) == 48 && sizeof(Entry) == 24);

} // namespace

std::vector<std::string_view> librariesOfLinkerCache(std::string_view cache) {
    std::vector<std::string_view> found;
    Header header;
    if (!cache.starts_with(kMagic) || cache.size() < sizeof header) {
        return found;
    }
    std::memcpy(&header, cache.data(), sizeof header);
    const std::size_t there = (cache.size() - sizeof header) / sizeof(Entry);
    const std::size_t count = std::min<std::size_t>(header.count, there);
    found.reserve(count);
    for (std::size_t index = 0; index < count; ++index) {
        Entry entry;
        std::memcpy(&entry, cache.data() + sizeof header + index * sizeof entry, sizeof entry);
        const auto end = cache.find('\0', entry.value);
        if (end != std::string_view::npos && end > entry.value) {
            found.push_back(cache.substr(entry.value, end - entry.value));
        }
    }
    return found;
}

} // namespace host
