#include "host/kernel/kernel_keys.h"

#include "tests/unit/temporary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace host {
namespace {

constexpr const char* kKeys =
    "07781a24 I------     2 perm 1f0b0000     0     0 keyring   .machine: 1\n"
    "8b099400 I------     1 perm 1f010000     0     0 asymmetri Example: Team: 0924: X509.rsa b686 "
    "[]\n"
    "0b099401 I------     1 perm 1f030000     0     0 asymmetri Other: 11: X509.rsa 11 []\n"
    "garbage\n"
    "0c0a0b0c I--Q---     2 perm 1f3f0000     0 65534 keyring   _uid.0: empty\n"
    "0d0a0b0c I------     1 perm 1f030000     0     0 blacklist tbs:00\n";

TEST(KernelKeys, AreCertificatesWithTheirKeyring) {
    const tests::Directory proc;
    proc.write("keys", kKeys);
    std::vector<std::int32_t> asked;
    const auto keys = kernelKeys(proc.path(), [&](std::int32_t keyring) {
        asked.push_back(keyring);
        return std::optional(std::vector{static_cast<std::int32_t>(0x8b099400)});
    });
    ASSERT_EQ(keys.size(), 2U);
    EXPECT_EQ(keys[0].description, "Example: Team: 0924");
    EXPECT_THAT(keys[0].keyrings, testing::ElementsAre(".machine"));
    EXPECT_EQ(keys[1].description, "Other: 11");
    EXPECT_THAT(keys[1].keyrings, testing::IsEmpty());
    EXPECT_THAT(asked, testing::ElementsAre(0x07781a24));
}

TEST(KernelKeys, NoneWhereTheyCannotBeSeen) {
    const tests::Directory proc;
    EXPECT_TRUE(kernelKeys(proc.path()).empty());
    std::filesystem::create_directories(proc.path() / "keys"); // read(2) fails
    EXPECT_TRUE(kernelKeys(proc.path()).empty());
    kernelKeys(); // the real ones
}

} // namespace
} // namespace host
