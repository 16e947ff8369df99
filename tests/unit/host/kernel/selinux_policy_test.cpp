#include "host/kernel/selinux_policy.h"

#include "host/base/error.h"
#include "tests/unit/made_selinux.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace host {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kContainer = "system_u:system_r:container_t:s0:c1,c2";
constexpr const char* kNode = "system_u:object_r:device_t:s0";

TEST(SelinuxPolicy, ModeIsWhatSelinuxfsShows) {
    struct Case {
        std::vector<std::pair<const char*, const char*>> files;
        SelinuxMode mode;
        bool isLoaded;
    };
    const std::vector<Case> cases = {
        {{}, SelinuxMode::Off, false},
        {{{"sys/fs/other", ""}}, SelinuxMode::Off, false},
        {{{"sys/fs/selinux/.keep", ""}}, SelinuxMode::Unseen, false},
        {{{"sys/fs/selinux/enforce", "0"}}, SelinuxMode::NoPolicy, false},
        {{{"sys/fs/selinux/enforce", "0"}, {"sys/fs/selinux/class/file/index", "6"}},
         SelinuxMode::Permissive,
         true},
        {{{"sys/fs/selinux/enforce", "1"}, {"sys/fs/selinux/class/file/index", "6"}},
         SelinuxMode::Enforcing,
         true},
    };
    for (const auto& [files, mode, isLoaded] : cases) {
        const tests::Directory node;
        for (const auto& [name, content] : files) {
            node.write(name, content);
        }
        Roots roots;
        roots.sys = node.path() / "sys";
        const SelinuxPolicy policy(roots);
        EXPECT_EQ(policy.mode(), mode) << toString(policy.mode());
        EXPECT_EQ(policy.isLoaded(), isLoaded);
    }
}

TEST(SelinuxPolicy, HasNameVersionAndBooleans) {
    const tests::MadeSelinux made;
    made.setBoolean("container_use_devices", false);
    made.setBoolean("container_use_dri", true);
    const auto policy = made.policy();
    EXPECT_EQ(policy.name(), "default");
    EXPECT_EQ(policy.version(), "33");
    EXPECT_TRUE(policy.hasLevels());
    EXPECT_EQ(policy.boolean("container_use_devices"), false);
    EXPECT_EQ(policy.boolean("container_use_dri"), true);
    EXPECT_EQ(policy.boolean("no_such"), std::nullopt);
}

TEST(SelinuxPolicy, KnowsItsContexts) {
    tests::MadeSelinux made;
    made.types = {"device_t"};
    EXPECT_TRUE(made.policy().knows(kNode));
    EXPECT_FALSE(made.policy().knows(kContainer));
    const SelinuxPolicy refusing(made.roots(), [](const auto& file, const auto&) -> std::string {
        throwErrno("ask", file.string(), EACCES);
    });
    EXPECT_THROW((void)refusing.knows(kNode), SystemError) << "nobody knows";
}

TEST(SelinuxPolicy, AsksTheKernelWithTheClassesNumber) {
    const tests::MadeSelinux made;
    std::vector<std::string> questions;
    const SelinuxPolicy policy(made.roots(), [&](const auto& file, const auto& question) {
        questions.push_back(file.filename().string() + " " + question);
        return "3 ffffffff 0 ffffffff 1 0"; // getattr and open
    });
    EXPECT_THAT(policy.denied(kContainer, kNode, "chr_file", {"map", "open", "write"}),
                ElementsAre("map", "write"));
    EXPECT_THAT(questions, ElementsAre(fmt::format("access {} {} 2", kContainer, kNode)));
}

TEST(SelinuxPolicy, WhatThePolicyDoesNotKnowItGrantsOrDenies) {
    struct Case {
        const char* name;
        const char* objectClass;
        const char* permission;
        const char* denyUnknown;
        std::vector<std::string> denied;
    };
    for (const auto& [name, objectClass, permission, denyUnknown, denied] : {
             Case{"permission", "file", "shine", "0", {}},
             Case{"permission, denied", "file", "shine", "1", {"shine"}},
             Case{"class", "lamp", "read", "0", {}},
             Case{"class, denied", "lamp", "read", "1", {"read"}},
         }) {
        const tests::MadeSelinux made;
        made.directory.write("sys/fs/selinux/deny_unknown", denyUnknown);
        EXPECT_EQ(made.policy().denied(kContainer, kNode, objectClass, {permission}), denied)
            << name;
    }
}

TEST(SelinuxPolicy, ADomainMayBePermissive) {
    tests::MadeSelinux made;
    EXPECT_THAT(made.policy().denied(kContainer, kNode, "file", {"read"}), ElementsAre("read"));
    made.flags = "1";
    EXPECT_THAT(made.policy().denied(kContainer, kNode, "file", {"read"}), IsEmpty());
}

TEST(SelinuxPolicy, AnAnswerThatIsNoneIsAnError) {
    const tests::MadeSelinux made;
    for (const char* answer : {"", "yes", "100000000 0"}) {
        const SelinuxPolicy policy(made.roots(), [&](const auto&, const auto&) { return answer; });
        try {
            (void)policy.denied(kContainer, kNode, "file", {"read"});
            FAIL() << answer;
        } catch (const Error& error) {
            EXPECT_THAT(error.what(), HasSubstr("which is no decision"));
        }
    }
}

TEST(SelinuxPolicy, QuestionIsWrittenAndTheAnswerRead) {
    EXPECT_THROW(SelinuxPolicy::ask("/does/not/exist", "x"), SystemError);
    // Each write asks this device, each read answers.
    EXPECT_EQ(SelinuxPolicy::ask("/dev/zero", "x"), std::string(4096, '\0'));
}

} // namespace
} // namespace host
