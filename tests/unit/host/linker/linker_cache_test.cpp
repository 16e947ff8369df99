#include "host/linker/linker_cache.h"

#include "tests/unit/linker_cache_image.h"

#include <climits>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace host {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(LinkerCache, ListsPathsInItsOrder) {
    const std::string cache = tests::linkerCacheImage(
        {"/usr/lib/libcuda.so.1", "/usr/lib32/libcuda.so.1", "/opt/lib/libc.so.6"});
    EXPECT_THAT(
        librariesOfLinkerCache(cache),
        ElementsAre("/usr/lib/libcuda.so.1", "/usr/lib32/libcuda.so.1", "/opt/lib/libc.so.6"));
}

/// A file of ldconfig before glibc 2.32: entries of 12 bytes, then the present format, aligned
/// to 8.
std::string behindOldFormat(const std::string& cache, std::uint32_t entries) {
    std::string file = "ld.so-1.7.0";
    file.resize(12);
    file.append(reinterpret_cast<const char*>(&entries), sizeof entries);
    file.append(std::size_t{12} * entries, 'x');
    file.resize((file.size() + 7) / 8 * 8);
    return file + cache;
}

TEST(LinkerCache, IsReadBehindAnOldOne) {
    const std::string cache = tests::linkerCacheImage({"/usr/lib64/libcuda.so.1"});
    for (const std::uint32_t entries : {0U, 1U, 2U, 3U}) {
        EXPECT_THAT(librariesOfLinkerCache(behindOldFormat(cache, entries)),
                    ElementsAre("/usr/lib64/libcuda.so.1"))
            << entries;
    }
    std::string cut = behindOldFormat(cache, 1);
    cut.replace(12, 4, "\xff\xff\xff\xff");
    EXPECT_THAT(librariesOfLinkerCache(cut), IsEmpty());
}

TEST(LinkerCache, APathThatNoProgramCouldOpenIsNone) {
    const std::string path(PATH_MAX, 'x');
    EXPECT_THAT(librariesOfLinkerCache(tests::linkerCacheImage({path, path.substr(1)})),
                ElementsAre(path.substr(1)));
}

TEST(LinkerCache, OtherFormatsListNothing) {
    for (const char* text : {"", "ld.so-1.7.0", "glibc-ld.so.cache1.1", "glibc-ld.so.cache2.0"}) {
        EXPECT_THAT(librariesOfLinkerCache(text), IsEmpty()) << text;
    }
}

TEST(LinkerCache, ADamagedOneIsReadAsFarAsItGoes) {
    const std::string whole = tests::linkerCacheImage({"/usr/lib/libcuda.so.1", "/lib/libc.so.6"});
    for (std::size_t size = 0; size < whole.size(); ++size) {
        for (const auto path : librariesOfLinkerCache(whole.substr(0, size))) {
            EXPECT_LT(path.size(), whole.size());
        }
    }
    std::string hostile = whole;
    hostile.replace(20, 4, "\xff\xff\xff\xff");     // the number of entries
    hostile.replace(48 + 8, 4, "\xff\xff\xff\xff"); // where the first path begins
    for (const auto path : librariesOfLinkerCache(hostile)) {
        EXPECT_NE(path, "/usr/lib/libcuda.so.1");
    }
}

} // namespace
} // namespace host
