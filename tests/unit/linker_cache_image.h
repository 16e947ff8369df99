/// An ld.so.cache as ldconfig of glibc 2.36 writes it, of 64-bit libraries.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tests {

inline std::string linkerCacheImage(const std::vector<std::string>& paths) {
    constexpr std::size_t kHeader = 48;
    constexpr std::size_t kEntry = 24;
    constexpr std::uint32_t kX8664 = 0x0303;
    std::string entries;
    std::string strings;
    const auto number = [](std::string& to, std::uint32_t value) {
        to.append(reinterpret_cast<const char*>(&value), sizeof value);
    };
    const std::size_t start = kHeader + paths.size() * kEntry;
    for (const std::string& path : paths) {
        const std::size_t value = start + strings.size();
        strings += path + '\0';
        number(entries, kX8664);
        number(entries, static_cast<std::uint32_t>(value + path.rfind('/') + 1));
        number(entries, static_cast<std::uint32_t>(value));
        entries.append(kEntry - 3 * sizeof(std::uint32_t), '\0');
    }
    std::string cache = "glibc-ld.so.cache1.1";
    number(cache, static_cast<std::uint32_t>(paths.size()));
    number(cache, static_cast<std::uint32_t>(strings.size()));
    cache.append(kHeader - cache.size(), '\0');
    return cache + entries + strings;
}

} // namespace tests
