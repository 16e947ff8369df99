#include "host/archive/zstd.h"

#include "host/base/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <random>

namespace host {
namespace {

using testing::HasSubstr;

std::string randomText(std::size_t size) {
    std::minstd_rand random(7); // NOLINT(bugprone-*,cert-*): the same bytes in every run
    std::string text(size, '\0');
    for (char& byte : text) {
        byte = static_cast<char>(random());
    }
    return text;
}

std::span<const std::byte> bytes(std::string_view text) {
    return std::as_bytes(std::span(text));
}

std::string restore(std::string_view packed, std::string_view prefix, std::size_t size) {
    std::string out(size, '\0');
    zstdDecompress(bytes(packed), bytes(prefix), std::as_writable_bytes(std::span(out)), "test");
    return out;
}

TEST(Zstd, RoundTrip) {
    const std::string text = randomText(300'000);
    EXPECT_EQ(restore(zstdCompress(bytes(text), {}, 3), "", text.size()), text);
}

TEST(Zstd, DeltaIsTinyWhenMostIsInThePrefix) {
    const std::string core = randomText(1 << 20);
    const std::string module = "head" + core + "tail";
    const std::string delta = zstdCompress(bytes(module), bytes(core), 12);
    EXPECT_LT(delta.size(), 1000U);
    EXPECT_EQ(restore(delta, core, module.size()), module);
}

TEST(Zstd, AnotherPrefixIsNoticed) {
    const std::string core = randomText(1 << 16);
    std::string other = core;
    other[30'000] ^= 1;
    const std::string module = core + "tail";
    const std::string delta = zstdCompress(bytes(module), bytes(core), 12);
    EXPECT_LT(delta.size(), 1000U);
    EXPECT_THROW(restore(delta, other, module.size()), Error);
}

/// A frame says how much it holds; a lie shows when it is read.
TEST(Zstd, AnotherSizeThanWantedIsRefused) {
    const std::string bomb = zstdCompress(bytes(std::string(100 << 20, '\0')), {}, 3);
    EXPECT_THAT([&] { restore(bomb, "", 1 << 20); },
                testing::ThrowsMessage<Error>(HasSubstr("does not announce 1048576 bytes")));
    std::string small = zstdCompress(bytes(randomText(200)), {}, 3);
    ASSERT_EQ(static_cast<unsigned char>(small[5]), 200U); // RFC 8878, 3.1.1.1.4
    small[5] = 100;
    EXPECT_THROW(restore(small, "", 100), Error);
    small[5] = 120;
    EXPECT_THROW(restore(small, "", 120), Error);
}

TEST(Zstd, EveryTruncationIsAnError) {
    const std::string packed = zstdCompress(bytes(randomText(500)), {}, 3);
    for (std::size_t size = 0; size < packed.size(); ++size) {
        EXPECT_THROW(restore(packed.substr(0, size), "", 500), Error) << size;
    }
}

TEST(Zstd, EveryFlippedByteIsAnError) {
    const std::string packed = zstdCompress(bytes(randomText(500)), {}, 3);
    for (std::size_t at = 0; at < packed.size(); ++at) {
        std::string damaged = packed;
        damaged[at] ^= 0x20;
        EXPECT_ANY_THROW(restore(damaged, "", 500)) << at;
    }
}

TEST(Zstd, TrailingBytesAreAnError) {
    EXPECT_THROW(restore(zstdCompress(bytes("abc"), {}, 3) + "x", "", 3), Error);
}

} // namespace
} // namespace host
