#include "host/linker/linker_cache.h"

#include <algorithm>
#include <climits>
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

// struct cache_file and struct file_entry, as of libc 5: ldconfig writes them first for who knows
// nothing else, and the present format behind them, where that is aligned.
constexpr std::string_view kOldMagic = "ld.so-1.7.0";
struct OldHeader {
    char magic[kOldMagic.size()];
    std::uint32_t count;
};
constexpr std::size_t kOldEntry = 3 * sizeof(std::uint32_t);
static_assert(sizeof(OldHeader) == 16);

/// What offsets in the present format count from.
std::string_view presentPart(std::string_view cache) {
    OldHeader old;
    if (!cache.starts_with(kOldMagic) || cache.size() < sizeof old) {
        return cache;
    }
    std::memcpy(&old, cache.data(), sizeof old);
    constexpr std::size_t kAlignment = alignof(Entry);
    const std::size_t end = sizeof old + old.count * kOldEntry;
    return cache.substr(std::min((end + kAlignment - 1) / kAlignment * kAlignment, cache.size()));
}

} // namespace

std::vector<std::string_view> librariesOfLinkerCache(std::string_view file) {
    const std::string_view cache = presentPart(file);
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
        // No longer than a path is, or a damaged cache would be searched whole for each entry.
        const auto path = cache.substr(std::min<std::size_t>(entry.value, cache.size()), PATH_MAX);
        if (const auto end = path.find('\0'); end != std::string_view::npos && end > 0) {
            found.push_back(path.substr(0, end));
        }
    }
    return found;
}

} // namespace host
