#include "flatcar/release.h"

#include "flatcar/mirror.h"
#include "host/error.h"
#include "tests/temporary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace flatcar {
namespace {

TEST(Version, Shape) {
    EXPECT_TRUE(isVersion("4593.2.5"));
    EXPECT_TRUE(isVersion("4593.0.0+nightly-20260101-2100"));
    for (const char* wrong :
         {"", "4593", "4593.2", "4593.2.5.1", "../4593.2.5", "4593.2.5/x", "a.b.c", "4593.2.5+"}) {
        EXPECT_FALSE(isVersion(wrong)) << wrong;
    }
}

TEST(Channel, FollowsFromTheMiddleNumber) {
    EXPECT_EQ(channelOf("4593.0.1"), "alpha");
    EXPECT_EQ(channelOf("4593.1.0"), "beta");
    EXPECT_EQ(channelOf("4593.2.5"), "stable");
    EXPECT_EQ(channelOf("4081.3.4"), "lts");
    EXPECT_EQ(channelOf("4593.9.0"), std::nullopt);
    EXPECT_EQ(channelOf("4593.22.0"), std::nullopt);
}

TEST(Board, BothWays) {
    EXPECT_EQ(boardOf("x86_64"), "amd64-usr");
    EXPECT_EQ(machineOf("arm64-usr"), "aarch64");
    EXPECT_EQ(boardOf("riscv64"), std::nullopt);
}

TEST(Detect, PrefersTheHostsFileInAContainer) {
    const tests::Directory root;
    root.write("etc/os-release", "ID=debian\nVERSION_ID=12\n");
    EXPECT_EQ(detectRelease(root.path()), std::nullopt);
    root.write("host-etc/os-release",
               "ID=flatcar\nVERSION_ID=\"4593.2.5\"\nFLATCAR_BOARD=\"arm64-usr\"\n");
    EXPECT_EQ(detectRelease(root.path()), (Release{"4593.2.5", "stable", "arm64-usr"}));
}

TEST(Detect, PrivateGroupIsNoChannel) {
    const tests::Directory root;
    root.write("etc/os-release", "ID=flatcar\nVERSION_ID=4593.1.0\n");
    root.write("etc/flatcar/update.conf", "GROUP=0f1e-customer\n");
    EXPECT_EQ(detectRelease(root.path())->channel, "beta");
    root.write("usr/share/flatcar/update.conf", "GROUP=lts\n");
    EXPECT_EQ(detectRelease(root.path())->channel, "lts");
}

TEST(Validate, NamesEveryProblem) {
    try {
        validate({"../x", "weekly", ""});
        FAIL();
    } catch (const host::Error& error) {
        EXPECT_EQ(error.fault(), host::Fault::Usage);
        for (const char* part : {"release '../x'", "channel 'weekly'", "board ''"}) {
            EXPECT_THAT(error.what(), testing::HasSubstr(part));
        }
    }
    EXPECT_NO_THROW(validate({"4593.2.5", "stable", "amd64-usr"}));
}

TEST(Url, ReplacesTheChannel) {
    const Release release{"4593.2.5", "stable", "amd64-usr"};
    EXPECT_EQ(urlOf("https://{channel}.example.invalid/", release, "f").secret(),
              "https://stable.example.invalid/amd64-usr/4593.2.5/f");
    EXPECT_EQ(urlOf("http://127.0.0.1/x", release, "f").secret(),
              "http://127.0.0.1/x/amd64-usr/4593.2.5/f");
}

TEST(Mirrors, OnlyWebAddresses) {
    EXPECT_THAT([] { Mirrors({"ftp://me:secret@x"}, {}); },
                testing::ThrowsMessage<host::Error>(testing::HasSubstr("'ftp://***@x'")));
}

TEST(Mirrors, FailuresHidePasswords) {
    const Release release{"4593.2.5", "stable", "amd64-usr"};
    host::HttpOptions once;
    once.attempts = 1;
    EXPECT_THAT([&] { Mirrors({"http://me:secret@127.0.0.1:9"}, once).get(release, "f", 9); },
                testing::ThrowsMessage<host::Error>(
                    testing::AllOf(testing::HasSubstr("http://***@127.0.0.1:9/amd64-usr"),
                                   testing::Not(testing::HasSubstr("secret")))));
}

} // namespace
} // namespace flatcar
