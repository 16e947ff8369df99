#include "toolkit/runtimes/podman.h"

#include "tests/unit/toolkit/runtimes/configured_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace toolkit::runtimes {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using Files = tests::ConfiguredTree::Files;

/// With the name in the lists of abilities, of which there is a warning else.
constexpr const char* kAble = "[engine]\nruntime_supports_json = [\"nvidia\"]\n"
                              "runtime_supports_nocgroups = [\"nvidia\"]\n";

Wish wish() {
    return {.settings = {.runtime = Runtime::Podman, .configHome = "/home/user/.config"}};
}

Plan planFor(const Files& files, const Wish& wish) {
    return planPodman(wish, tests::ConfiguredTree(files).files());
}

TEST(Podman, HasADropInOfOurs) {
    auto user = wish();
    user.settings.rootless = true;
    auto first = wish();
    first.settings.setAsDefault = true;
    struct {
        Wish wish;
        const char* path;
        const char* text;
    } const cases[] = {
        {wish(), "/etc/containers/containers.conf.d/99-nvidia.conf",
         "[engine.runtimes]\nnvidia = [\"/usr/bin/driverctl-runtime\"]\n"},
        {user, "/home/user/.config/containers/containers.conf.d/99-nvidia.conf",
         "[engine.runtimes]\nnvidia = [\"/usr/bin/driverctl-runtime\"]\n"},
        {first, "/etc/containers/containers.conf.d/99-nvidia.conf",
         "[engine]\nruntime = \"nvidia\"\n[engine.runtimes]\n"
         "nvidia = [\"/usr/bin/driverctl-runtime\"]\n"},
    };
    for (const auto& [wanted, path, text] : cases) {
        const Plan plan = planFor({}, wanted);
        EXPECT_EQ(plan.files[0].path, path);
        EXPECT_EQ(plan.files[0].after, text);
    }
}

TEST(Podman, SaysWhatOtherFilesHave) {
    const std::string old = "[engine.runtimes]\nnvidia = [\"/usr/bin/nvidia-container-runtime\"]\n";
    const Plan plan = planFor({{"/etc/containers/containers.conf", old + kAble},
                               {"/etc/containers/containers.conf.d/zz.conf", old}},
                              wish());
    EXPECT_THAT(plan.replaced,
                ElementsAre(HasSubstr("/etc/containers/containers.conf:2:1: engine.runtimes.nvidia "
                                      "was [\"/usr/bin/nvidia-container-runtime\"]")));
    EXPECT_THAT(plan.warnings, ElementsAre(HasSubstr("zz.conf:2:1 is read later and decides")));
}

TEST(Podman, TellsWhatItAsksOfARuntimeByItsName) {
    EXPECT_THAT(planFor({}, wish()).warnings,
                ElementsAre(testing::AllOf(HasSubstr("runtime_supports_json"),
                                           HasSubstr("--cgroups=disabled"))));
    EXPECT_THAT(planFor({{"/etc/containers/containers.conf", kAble}}, wish()).warnings, IsEmpty());
    EXPECT_THAT(planFor({{"/etc/containers/containers.conf",
                          "[engine]\nruntime_supports_json = [\"nvidia\"]\n"}},
                        wish())
                    .warnings,
                ElementsAre(testing::Not(HasSubstr("runtime_supports_json)"))));
}

TEST(Podman, IsRefusedANameThatItDoesNotRead) {
    auto other = wish();
    other.dropIn = "/etc/containers/containers.conf.d/99-nvidia.toml";
    EXPECT_THAT(tests::refusalOf([&] { planFor({}, other); }), HasSubstr("*.conf"));
    EXPECT_THAT(tests::refusalOf([] {
                    planFor({{"/etc/containers/containers.conf.d/99-nvidia.conf",
                              "[engine]\nruntimes = []\n"}},
                            wish());
                }),
                HasSubstr("99-nvidia.conf:2:1: engine.runtimes is no table"));
    EXPECT_THAT(tests::refusalOf([] {
                    planFor({{"/etc/containers/containers.conf", "engine = 1\n"}}, wish());
                }),
                HasSubstr("/etc/containers/containers.conf:1:1: engine is no table"));
}

} // namespace
} // namespace toolkit::runtimes
