#include "host/process/home_directory.h"

#include "host/process/forked.h"

#include <chrono>
#include <gtest/gtest.h>
#include <pwd.h>
#include <string>
#include <unistd.h>

namespace host {
namespace {

constexpr auto kPatience = std::chrono::seconds(60);

TEST(HomeDirectory, IsWhatTheVariableSays) {
    EXPECT_EQ(homeDirectory("/home/a"), "/home/a");
}

TEST(HomeDirectory, IsThatOfTheEffectiveUserWhereTheVariableIsEmpty) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "needs root, to be somebody else";
    }
    constexpr uid_t kDaemon = 1;
    constexpr uid_t kNobodyHas = 4'000'000'001;
    const passwd* const daemon = ::getpwuid(kDaemon);
    ASSERT_NE(daemon, nullptr);
    const std::string home = daemon->pw_dir;
    for (const auto& [user, expected] :
         {std::pair(kDaemon, home), std::pair(kNobodyHas, std::string("/"))}) {
        const auto found = answerOfChild(
            [user = user] {
                return ::seteuid(user) == 0 ? homeDirectory("").string() : "no such user";
            },
            kPatience);
        EXPECT_EQ(found, expected) << user;
    }
}

} // namespace
} // namespace host
