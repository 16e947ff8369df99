#include "flatcar/release.h"

#include "flatcar/mirror.h"
#include "host/base/error.h"
#include "tests/unit/http_server.h"
#include "tests/unit/temporary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace flatcar {
namespace {

TEST(Version, Shape) {
    EXPECT_TRUE(isVersion("4593.2.5"));
    EXPECT_TRUE(isVersion("4593.0.0+nightly-20260101-2100"));
    for (const char* wrong :
         {"", "4593", "4593.2", "4593.2.5.1", "../4593.2.5", "4593.2.5/x", "a.b.c", "4593.2.5+",
          "4593.2.5+/", "-1.2.5", "4593..5", "99999999999.2.5", "4593.2.5\n"}) {
        EXPECT_FALSE(isVersion(wrong)) << wrong;
    }
    EXPECT_FALSE(isVersion(std::string(1 << 20, '1'))) << "whatever its length";
    EXPECT_FALSE(isVersion("1.2.3+" + std::string(1 << 20, 'a')));
}

TEST(Channel, FollowsFromTheMiddleNumber) {
    EXPECT_EQ(channelOf("4593.0.1"), "alpha");
    EXPECT_EQ(channelOf("4593.1.0"), "beta");
    EXPECT_EQ(channelOf("4593.2.5"), "stable");
    EXPECT_EQ(channelOf("4081.3.4"), "lts");
    EXPECT_EQ(channelOf("4593.9.0"), std::nullopt);
    EXPECT_EQ(channelOf("4593.22.0"), std::nullopt);
    EXPECT_EQ(channelOf("4790.0.0+nightly-20260101-2100"), "alpha");
}

TEST(Channel, OldReleasesMayBeOfSeveral) {
    const std::pair<const char*, std::vector<std::string>> cases[] = {
        {"2765.2.0", {"stable"}},
        {"2765.3.0", {"lts"}},
        {"2605.5.0", {"stable", "beta"}},
        {"2605.9.0", {"stable", "beta"}},
        {"2605.10.0", {"stable", "lts"}},
        {"2605.12.0", {"stable", "lts"}},
        {"2605.13.0", {"lts"}},
        {"2605.32.1", {"lts"}},
        {"2605.0.0", {"alpha"}},
        {"2605.1.0", {"beta", "stable"}},
        {"2512.2.0", {"stable", "beta"}},
        {"1911.7.0", {"stable", "beta"}},
        {"weekly", {}},
        {"4593.4.0", {}}};
    for (const auto& [version, channels] : cases) {
        EXPECT_EQ(channelsOf(version), channels) << version;
    }
}

TEST(Channel, StreamsOfLts) {
    EXPECT_EQ(serverOf("lts-2024"), "lts");
    EXPECT_EQ(serverOf("stable"), "stable");
    EXPECT_EQ(currentFolder("lts-2024"), "current-2024");
    EXPECT_EQ(currentFolder("beta"), "current");
    EXPECT_EQ(channelOfCurrent("current", "stable"), "stable");
    EXPECT_EQ(channelOfCurrent("current-2024", "stable"), "lts-2024");
    EXPECT_NO_THROW(validate({"4081.3.4", "lts-2024", "amd64-usr"}));
    for (const char* wrong : {"lts-", "lts-24", "lts-20245", "lts-abcd", "stable-2024", ""}) {
        EXPECT_THROW(validate({"4081.3.4", wrong, "amd64-usr"}), host::Error) << wrong;
    }
    EXPECT_TRUE(isCurrent("current"));
    EXPECT_TRUE(isCurrent("current-2024"));
    for (const char* wrong : {"current-", "current-x", "currently", "4593.2.5", ""}) {
        EXPECT_FALSE(isCurrent(wrong)) << wrong;
    }
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

TEST(Detect, NumberTellsTheChannelOfWhatRuns) {
    const tests::Directory root;
    root.write("etc/os-release", "ID=flatcar\nVERSION_ID=4593.1.0\n");
    EXPECT_EQ(detectRelease(root.path())->channel, "beta");
    for (const char* next : {"GROUP=lts\n", "GROUP=stable\n", "GROUP=0f1e-customer\n", ""}) {
        root.write("etc/flatcar/update.conf", next);
        EXPECT_EQ(detectRelease(root.path())->channel, "beta") << "the next update's: " << next;
        root.write("usr/share/flatcar/update.conf", next);
        EXPECT_EQ(detectRelease(root.path())->channel, "beta") << next;
    }
}

TEST(Detect, GroupOfTheRunningSystemDecidesWhereTheNumberDoesNot) {
    const tests::Directory root;
    root.write("etc/os-release", "ID=flatcar\nVERSION_ID=2605.12.0\n");
    root.write("etc/flatcar/update.conf", "GROUP=lts\n");
    EXPECT_EQ(detectRelease(root.path())->channel, "stable");
    root.write("usr/share/flatcar/update.conf", "GROUP=lts\n");
    EXPECT_EQ(detectRelease(root.path())->channel, "lts");
    root.write("usr/share/flatcar/update.conf", "GROUP=0f1e-customer\n");
    EXPECT_EQ(detectRelease(root.path())->channel, "stable");
}

TEST(Detect, NightlyKeepsItsSuffix) {
    const tests::Directory root;
    root.write("etc/os-release", "ID=flatcar\nVERSION_ID=4593.2.5\n"
                                 "VERSION=4593.2.5+nightly-20260101-2100\n");
    EXPECT_EQ(detectRelease(root.path())->version, "4593.2.5+nightly-20260101-2100");
    for (const char* other : {"4593.2.50", "4593.2.5 (Name)", "4593.2.4+nightly-1", ""}) {
        root.write("etc/os-release",
                   std::string("ID=flatcar\nVERSION_ID=4593.2.5\nVERSION=\"") + other + "\"\n");
        EXPECT_EQ(detectRelease(root.path())->version, "4593.2.5") << other;
    }
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

TEST(Url, OfStreamsAndNightlyBuilds) {
    EXPECT_EQ(urlOf("https://{channel}.example.invalid", {"current-2024", "lts-2024", "arm64-usr"},
                    "version.txt")
                  .secret(),
              "https://lts.example.invalid/arm64-usr/current-2024/version.txt");
    EXPECT_EQ(urlOf("https://b.example.invalid/images/{arch}/{version}/",
                    {"4790.0.0+nightly-20260101-2100", "alpha", "arm64-usr"}, "f")
                  .secret(),
              "https://b.example.invalid/images/arm64/4790.0.0+nightly-20260101-2100/f");
}

TEST(Mirrors, OldReleaseIsLookedForInEachOfItsChannels) {
    const tests::HttpServer server([](const tests::HttpRequestSeen& request) {
        const bool there = request.path == "/lts/amd64-usr/2605.12.0/f";
        return tests::HttpReply{.status = there ? 200U : 404U, .body = "found"};
    });
    const std::string base = server.url("/{channel}");
    EXPECT_EQ(Mirrors({base}, {}).get({"2605.12.0", "stable", "amd64-usr"}, "f", 99), "found");
    EXPECT_THAT(
        [&] {
            Mirrors({base}, {}).get({"2605.9.0", "stable", "amd64-usr"}, "f", 99);
        },
        testing::ThrowsMessage<host::Error>(testing::AllOf(testing::HasSubstr("/stable/amd64-usr"),
                                                           testing::HasSubstr("/beta/amd64"))));
    const auto asked = server.requests().size();
    EXPECT_THROW(Mirrors({base}, {}).get({"4593.2.5", "stable", "amd64-usr"}, "f", 99),
                 host::Error);
    EXPECT_EQ(server.requests().size(), asked + 1) << "its number tells the channel";
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
