#include "toolkit/runtimes/crio.h"

#include "tests/unit/toolkit/runtimes/configured_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace toolkit::runtimes {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kMain = "/etc/crio/crio.conf";
constexpr const char* kOurs = "/etc/crio/crio.conf.d/99-nvidia.toml";

using Files = tests::ConfiguredTree::Files;

Wish wish() {
    return {.settings = {.runtime = Runtime::Crio}};
}

Plan planFor(const Files& files, const Wish& wish) {
    return planCrio(wish, tests::ConfiguredTree(files).files());
}

TEST(Crio, HasARuntimeLikeItsDefaultOne) {
    struct {
        const char* name;
        Files files;
        std::string settings; ///< of our runtime, beside its path and type
    } const cases[] = {
        {"nothing is there", {}, ""},
        {"default in a drop-in",
         {{kMain, "[crio.runtime.runtimes.runc]\nruntime_root = \"/run/runc\"\n"
                  "[crio.runtime.runtimes.crun]\nruntime_root = \"/run/crun\"\n"},
          {"/etc/crio/crio.conf.d/10-crio.conf", "[crio.runtime]\ndefault_runtime = \"runc\"\n"}},
         "runtime_root = \"/run/runc\"\n"},
        {"no default is named: crun is CRI-O's own",
         {{kMain, "[crio.runtime.runtimes.runc]\nruntime_root = \"/run/runc\"\n"
                  "[crio.runtime.runtimes.crun]\nruntime_root = \"/run/crun\"\n"}},
         "runtime_root = \"/run/crun\"\n"},
        {"default is a virtual machine",
         {{kMain, "[crio.runtime]\ndefault_runtime = \"kata\"\n"
                  "[crio.runtime.runtimes.kata]\nruntime_type = \"vm\"\nruntime_root = \"/k\"\n"
                  "[crio.runtime.runtimes.runc]\nruntime_type = \"oci\"\n"
                  "monitor_path = \"/usr/bin/conmon\"\n"}},
         "monitor_path = \"/usr/bin/conmon\"\n"},
        {"what leads to another program",
         {{kMain, "[crio.runtime.runtimes.crun]\nruntime_root = \"/run/crun\"\n"
                  "inherit_default_runtime = true\n"
                  "platform_runtime_paths = { \"linux/arm64\" = \"/bin/crun\" }\n"}},
         "runtime_root = \"/run/crun\"\n"},
        {"a later file replaces a runtime whole",
         {{kMain, "[crio.runtime.runtimes.crun]\nruntime_root = \"/run/crun\"\n"},
          {"/etc/crio/crio.conf.d/10.conf",
           "[crio.runtime.runtimes.crun]\nmonitor_path = \"/m\"\n"}},
         "monitor_path = \"/m\"\n"},
    };
    for (const auto& [name, files, settings] : cases) {
        SCOPED_TRACE(name);
        const Plan plan = planFor(files, wish());
        ASSERT_EQ(plan.files.size(), 1U);
        EXPECT_EQ(plan.files[0].path, kOurs);
        EXPECT_EQ(plan.files[0].after,
                  "[crio.runtime.runtimes.nvidia]\nruntime_path = \"/usr/bin/driverctl-runtime\"\n"
                  "runtime_type = \"oci\"\n" +
                      settings);
        EXPECT_THAT(plan.warnings, IsEmpty());
    }
}

TEST(Crio, KeepsTheSettingsOfAnOldRuntime) {
    const std::string old = "[crio.runtime.runtimes.nvidia]\n"
                            "runtime_path = \"/usr/bin/nvidia-container-runtime\" # old\n"
                            "runtime_root = \"/run/old\"\n";
    const Plan inPlace = planFor({{kOurs, old}}, wish());
    EXPECT_EQ(inPlace.files[0].after, "[crio.runtime.runtimes.nvidia]\n"
                                      "runtime_path = \"/usr/bin/driverctl-runtime\" # old\n"
                                      "runtime_root = \"/run/old\"\n"
                                      "runtime_type = \"oci\"\n");
    EXPECT_THAT(inPlace.replaced, ElementsAre(HasSubstr("99-nvidia.toml:2:1")));
    const Plan above = planFor({{kMain, old}}, wish());
    EXPECT_THAT(above.files[0].after, HasSubstr("runtime_root = \"/run/old\""));
    EXPECT_THAT(above.replaced, ElementsAre(HasSubstr("/usr/bin/nvidia-container-runtime")));
}

TEST(Crio, TakesOutWhatLeadsToAnotherProgram) {
    const std::string old = "[crio.runtime.runtimes.nvidia]\n"
                            "runtime_path = \"/usr/bin/driverctl-runtime\"\n"
                            "runtime_type = \"vm\"\n"
                            "inherit_default_runtime = true\n"
                            "platform_runtime_paths = { \"linux/arm64\" = \"/bin/crun\" }\n";
    const tests::ConfiguredTree tree({{kOurs, old}});
    const Outcome outcome = configure(wish(), tree.files(), Mode::Real);
    EXPECT_EQ(tree.read(kOurs), "[crio.runtime.runtimes.nvidia]\n"
                                "runtime_path = \"/usr/bin/driverctl-runtime\"\n"
                                "runtime_type = \"oci\"\n");
    EXPECT_THAT(outcome.replaced,
                ElementsAre(HasSubstr(":3:1: "), HasSubstr("platform_runtime_paths was"),
                            HasSubstr("inherit_default_runtime was true")));
    tree.write(kOurs, tree.read(kOurs) + "# edited\n");
    remove(wish(), tree.files(), Mode::Real);
    for (const char* line : {"runtime_type = \"vm\"\n", "inherit_default_runtime = true\n",
                             "\"linux/arm64\" = \"/bin/crun\""}) {
        EXPECT_THAT(tree.read(kOurs), HasSubstr(line));
    }
}

TEST(Crio, HasCdiByItself) {
    auto cdi = wish();
    cdi.settings.enableCdi = true;
    EXPECT_THAT(planFor({}, cdi).warnings, ElementsAre(HasSubstr("by itself")));
}

TEST(Crio, WarnsOfAnotherDirectoryOfCdi) {
    auto cdi = wish();
    cdi.settings.enableCdi = true;
    const std::string table = "[crio.runtime]\ncdi_spec_dirs = ";
    const char* const early = "/etc/crio/crio.conf.d/10.conf";
    const char* const late = "/etc/crio/crio.conf.d/20.conf";
    EXPECT_THAT(
        planFor({{early, table + "['/run/cdi']\n"}, {late, table + "['/etc/cdi']\n"}}, cdi)
            .warnings,
        ElementsAre(HasSubstr("by itself"), HasSubstr("20.conf:2:1: cdi_spec_dirs leaves")));
    EXPECT_THAT(planFor({{early, table + "['/etc/cdi']\n"}, {late, table + "['/run/cdi']\n"}}, cdi)
                    .warnings,
                ElementsAre(HasSubstr("by itself")));
}

TEST(Crio, TellsOfFilesThatAreReadLater) {
    auto first = wish();
    first.settings.setAsDefault = true;
    const Plan plan =
        planFor({{"/etc/crio/crio.conf.d/zz.conf",
                  "[crio.runtime]\ndefault_runtime = \"runc\"\n"
                  "[crio.runtime.runtimes.nvidia]\nruntime_path = \"/x\"\n"},
                 {"/etc/crio/crio.conf.d/10.conf", "[crio.runtime]\ndefault_runtime = \"runc\"\n"}},
                first);
    EXPECT_THAT(plan.warnings, ElementsAre(HasSubstr("zz.conf:3:1 is read later"),
                                           HasSubstr("zz.conf:2:1 is read later")));
}

TEST(Crio, IsConfiguredInTheFileThatIsNamed) {
    auto named = wish();
    named.config = "/etc/crio/crio.conf.d/99-nvidia.conf";
    EXPECT_EQ(planFor({}, named).files[0].path, named.config);
}

TEST(Crio, IsRefusedWhereAFileCannotBeRead) {
    EXPECT_THAT(tests::refusalOf([] {
                    planFor({{"/etc/crio/crio.conf.d/10.conf", "a = 1\n[crio\n"}}, wish());
                }),
                HasSubstr("/etc/crio/crio.conf.d/10.conf:2:"));
    EXPECT_EQ(tests::refusalOf([] {
                  planFor({{kOurs, "[crio]\nruntime = 1\n"}}, wish());
              }),
              "/etc/crio/crio.conf.d/99-nvidia.toml:2:1: crio.runtime is no table");
    EXPECT_EQ(tests::refusalOf([] {
                  planFor({{kMain, "[crio.runtime]\nruntimes = 1\n"}}, wish());
              }),
              "/etc/crio/crio.conf:2:1: crio.runtime.runtimes is no table");
}

} // namespace
} // namespace toolkit::runtimes
