#include "tests/unit/precompile/sample.h"

#include "host/base/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace precompile {
namespace {

using testing::HasSubstr;

std::string contentOf(const host::Fd& fd) {
    return host::readFile(fd.procPath());
}

/// Behind the last member a tar holds zeros only, which readers do not need.
std::size_t endOfContent(const std::string& tar) {
    return tar.find_last_not_of('\0') + 1;
}

class PackageTest : public testing::Test {
  protected:
    tests::SamplePackage sample;
};

TEST_F(PackageTest, RestoresTheExactBytes) {
    const Package package(sample.file);
    ASSERT_EQ(package.manifest().modules.size(), 2U);
    EXPECT_EQ(contentOf(package.restore(package.manifest().modules[0], sample.source.directory)),
              sample.module);
    EXPECT_EQ(contentOf(package.restore(package.manifest().modules[1], sample.source.directory)),
              sample.uvm);
}

TEST_F(PackageTest, CoreIsNotInside) {
    EXPECT_EQ(host::readFile(sample.file).find(sample.core.substr(0, 64)), std::string::npos);
    EXPECT_EQ(Package(sample.file).manifest().modules[0].encoding, Encoding::ZstdDelta);
}

TEST_F(PackageTest, SameInputsGiveTheSameBytes) {
    const std::string first = host::readFile(sample.file);
    EXPECT_EQ(host::readFile(sample.write(tests::sampleIdentity(), "again.tar")), first);
}

TEST_F(PackageTest, AnotherCoreIsRefused) {
    sample.directory.write("kernel/nvidia/nv-kernel.o_binary", sample.core + "x");
    const Package package(sample.file);
    EXPECT_THAT(
        [&] {
            static_cast<void>(
                package.restore(package.manifest().modules[0], sample.source.directory));
        },
        testing::ThrowsMessage<host::Error>(
            HasSubstr("packed against another nvidia/nv-kernel.o_binary")));
}

/// Prime, so that all places in tar's blocks of 512 bytes have their turn; each byte would take
/// long.
constexpr std::size_t kStride = 19;

/// Whatever byte is changed: an error, or modules that are exactly the ones that were packed.
TEST_F(PackageTest, NoFlippedByteYieldsAnotherModule) {
    const std::string whole = host::readFile(sample.file);
    int refused = 0;
    for (std::size_t at = 0; at < endOfContent(whole); at += kStride) {
        std::string damaged = whole;
        damaged[at] ^= 0x04;
        const auto file = sample.directory.write("damaged.tar", damaged);
        try {
            const Package package(file);
            for (const auto& module : package.manifest().modules) {
                const std::string restored =
                    contentOf(package.restore(module, sample.source.directory));
                EXPECT_TRUE(restored == sample.module || restored == sample.uvm) << at;
            }
        } catch (const host::Error&) {
            ++refused;
        }
    }
    EXPECT_GT(refused, 200);
}

TEST_F(PackageTest, EveryTruncationIsAnError) {
    const std::string whole = host::readFile(sample.file);
    const auto restoreAll = [&](const std::filesystem::path& file) {
        const Package package(file);
        for (const auto& module : package.manifest().modules) {
            static_cast<void>(package.restore(module, sample.source.directory));
        }
    };
    for (std::size_t size = 0; size < endOfContent(whole); size += kStride) {
        EXPECT_THROW(restoreAll(sample.directory.write("cut.tar", whole.substr(0, size))),
                     host::Error)
            << size;
    }
}

TEST_F(PackageTest, SomeOtherTarIsNoPackage) {
    EXPECT_THROW(Package(sample.directory.write("x.tar", "nonsense")), host::Error);
    EXPECT_THROW(Package(sample.directory.write("empty.tar", "")), host::Error);
}

} // namespace
} // namespace precompile
