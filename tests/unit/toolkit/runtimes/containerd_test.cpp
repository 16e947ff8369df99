#include "toolkit/runtimes/containerd.h"

#include "tests/unit/toolkit/runtimes/configured_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace toolkit::runtimes {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kMain = "/etc/containerd/config.toml";
constexpr const char* kDropIn = "/etc/containerd/conf.d/99-nvidia.toml";

using Files = tests::ConfiguredTree::Files;

Wish wish(std::optional<Version> version) {
    return {.settings = {.runtime = Runtime::Containerd}, .version = version};
}

Plan planFor(const Files& files, const Wish& wish) {
    return planContainerd(wish, tests::ConfiguredTree(files).files());
}

/// The text that a file is to have; empty where the plan leaves it as it is.
std::string after(const Plan& plan, const std::string& path) {
    for (const FilePlan& file : plan.files) {
        if (file.path == path && file.before != file.after) {
            return file.after;
        }
    }
    return "";
}

TEST(Containerd, IsEditedInPlaceBefore21) {
    struct {
        const char* name;
        std::optional<Version> version;
        std::string before;
        std::string after;
    } const cases[] = {
        {"unknown version", std::nullopt,
         "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.runc]\n"
         "  runtime_type = \"io.containerd.runc.v2\"\n",
         "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.runc]\n"
         "  runtime_type = \"io.containerd.runc.v2\"\n"
         "[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.nvidia]\n"
         "  runtime_type = \"io.containerd.runc.v2\"\n"
         "[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.nvidia.options]\n"
         "  BinaryName = \"/usr/bin/driverctl-runtime\"\n"},
        {"inline tables", Version{1, 7},
         "version = 2\nplugins = { \"io.containerd.grpc.v1.cri\" = { containerd = { runtimes = { "
         "runc = { runtime_type = \"io.containerd.runc.v2\" } } } } }\n",
         "version = 2\nplugins = { \"io.containerd.grpc.v1.cri\" = { containerd = { runtimes = { "
         "runc = { runtime_type = \"io.containerd.runc.v2\" }, nvidia = { runtime_type = "
         "\"io.containerd.runc.v2\", options = { BinaryName = \"/usr/bin/driverctl-runtime\" } } } "
         "} } }\n"},
        {"dots", Version{1, 7},
         "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\"]\n"
         "containerd.runtimes.runc.runtime_type = \"io.containerd.runc.v2\"\n",
         "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\"]\n"
         "containerd.runtimes.runc.runtime_type = \"io.containerd.runc.v2\"\n"
         "containerd.runtimes.nvidia.runtime_type = \"io.containerd.runc.v2\"\n"
         "containerd.runtimes.nvidia.options.BinaryName = \"/usr/bin/driverctl-runtime\"\n"},
        {"version 3 of 2.0", Version{2, 0},
         "version = 3\n[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]\n"
         "runtime_type = 'io.containerd.runc.v2'\n",
         "version = 3\n[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]\n"
         "runtime_type = 'io.containerd.runc.v2'\n"
         "[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.nvidia]\n"
         "runtime_type = 'io.containerd.runc.v2'\n"
         "[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.nvidia.options]\n"
         "BinaryName = '/usr/bin/driverctl-runtime'\n"},
        {"settings of runc", Version{1, 7},
         "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.runc]\n"
         "runtime_type = \"io.containerd.runc.v2\"\nbase_runtime_spec = \"/etc/base.json\"\n"
         "options = { BinaryName = \"crun\", SystemdCgroup = true }\n",
         "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.runc]\n"
         "runtime_type = \"io.containerd.runc.v2\"\nbase_runtime_spec = \"/etc/base.json\"\n"
         "options = { BinaryName = \"crun\", SystemdCgroup = true }\n"
         "[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.nvidia]\n"
         "runtime_type = \"io.containerd.runc.v2\"\nbase_runtime_spec = \"/etc/base.json\"\n"
         "[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.nvidia.options]\n"
         "SystemdCgroup = true\nBinaryName = \"/usr/bin/driverctl-runtime\"\n"},
    };
    for (const auto& [name, version, before, wanted] : cases) {
        SCOPED_TRACE(name);
        EXPECT_EQ(after(planFor({{kMain, before}}, wish(version)), kMain), wanted);
    }
}

/// Before 2.1 the last file that has settings of the plugin is the only one that counts.
TEST(Containerd, IsEditedWhereItsSettingsAre) {
    const Files files = {
        {kMain, "version = 2\nimports = [\"conf.d/*.toml\"]\n"
                "[plugins.\"io.containerd.grpc.v1.cri\"]\nsandbox_image = \"a\"\n"},
        {"/etc/containerd/conf.d/cri.toml",
         "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.crun]\n"
         "runtime_type = \"io.containerd.runc.v2\"\noptions = { BinaryName = \"/bin/crun\" }\n"}};
    const Plan plan = planFor(files, wish(Version{1, 7}));
    EXPECT_EQ(after(plan, kMain), "");
    EXPECT_THAT(after(plan, "/etc/containerd/conf.d/cri.toml"),
                HasSubstr("runtimes.nvidia.options]\nBinaryName = \"/usr/bin/driverctl-runtime"));
}

TEST(Containerd, TakesADropInFrom21On) {
    const std::string runtimes =
        "[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]\n"
        "runtime_type = 'io.containerd.runc.v2'\n";
    struct {
        const char* name;
        Files files;
        std::string main; ///< empty: it stays
    } const cases[] = {
        {"imported",
         {{kMain, "version = 3\nimports = ['/etc/containerd/conf.d/*.toml']\n" + runtimes}},
         ""},
        {"imported by a relative path",
         {{kMain, "version = 3\nimports = ['conf.d/99-nvidia.toml']\n" + runtimes}},
         ""},
        {"no runtimes: runc is there all the same",
         {{kMain, "version = 3\n"}},
         "version = 3\nimports = [\"/etc/containerd/conf.d/*.toml\"]\n"},
        {"no file: that of the newest format",
         {},
         "version = 3\nimports = [\"/etc/containerd/conf.d/*.toml\"]\n"},
        {"no imports",
         {{kMain, "version = 3\n" + runtimes}},
         "version = 3\nimports = ['/etc/containerd/conf.d/*.toml']\n" + runtimes},
        {"other imports",
         {{kMain, "version = 3\nimports = ['/a.toml']\n" + runtimes}},
         "version = 3\nimports = ['/a.toml', '/etc/containerd/conf.d/*.toml']\n" + runtimes},
        {"a file that nobody imports",
         {{kMain, "version = 3\n" + runtimes}, {"/etc/containerd/conf.d/old.toml", ""}},
         "version = 3\nimports = ['/etc/containerd/conf.d/99-nvidia.toml']\n" + runtimes},
    };
    for (const auto& [name, files, main] : cases) {
        SCOPED_TRACE(name);
        const Plan plan = planFor(files, wish(Version{2, 1}));
        EXPECT_EQ(after(plan, kMain), main);
        EXPECT_EQ(after(plan, kDropIn),
                  "version = 3\n\n"
                  "[plugins.\"io.containerd.cri.v1.runtime\".containerd.runtimes.nvidia]\n"
                  "runtime_type = \"io.containerd.runc.v2\"\n"
                  "[plugins.\"io.containerd.cri.v1.runtime\".containerd.runtimes.nvidia.options]\n"
                  "BinaryName = \"/usr/bin/driverctl-runtime\"\n");
        EXPECT_EQ(plan.files.front().path, kDropIn) << "it is there before it is imported";
    }
}

TEST(Containerd, KeepsTheSettingsOfAnOldRuntimeInItsDropIn) {
    const Plan plan = planFor(
        {{kMain, "version = 3\nimports = ['/etc/containerd/conf.d/*.toml']\n"
                 "[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.nvidia]\n"
                 "runtime_type = 'io.containerd.runc.v2'\n"
                 "options = { BinaryName = '/usr/bin/nvidia-container-runtime', X = 1 }\n"}},
        wish(Version{2, 1}));
    EXPECT_THAT(after(plan, kDropIn),
                HasSubstr("options]\nX = 1\nBinaryName = \"/usr/bin/driverctl-runtime\"\n"));
    EXPECT_THAT(plan.replaced, ElementsAre(HasSubstr("/usr/bin/nvidia-container-runtime")));
}

TEST(Containerd, SaysWhatGivesWay) {
    auto wanted = wish(Version{1, 7});
    wanted.settings.setAsDefault = true;
    const Plan plan =
        planFor({{kMain, "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".containerd]\n"
                         "default_runtime_name = \"kata\"\n"
                         "[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.nvidia]\n"
                         "runtime_type = \"io.containerd.runtime.v1.linux\"\n"}},
                wanted);
    EXPECT_THAT(plan.replaced,
                ElementsAre(HasSubstr(":5:1: plugins.io.containerd.grpc.v1.cri.containerd.runtimes."
                                      "nvidia.runtime_type was \"io.containerd.runtime.v1.linux\""),
                            HasSubstr(":3:1: plugins.io.containerd.grpc.v1.cri.containerd.default_"
                                      "runtime_name was \"kata\"")));
}

TEST(Containerd, SaysWhatGivesWayInAnotherFile) {
    auto wanted = wish(Version{2, 1});
    wanted.settings.setAsDefault = true;
    const std::string table = "[plugins.'io.containerd.cri.v1.runtime'.containerd]\n";
    const std::string main = "version = 3\nimports = ['/etc/containerd/conf.d/*.toml']\n";
    const auto with = [&](const std::string& runtime) {
        return table + "default_runtime_name = '" + runtime + "'\n";
    };
    EXPECT_THAT(planFor({{kMain, main + with("kata")}}, wanted).replaced,
                ElementsAre(HasSubstr("config.toml:4:1: plugins.io.containerd.cri.v1.runtime."
                                      "containerd.default_runtime_name was \"kata\"")));
    EXPECT_THAT(planFor({{kMain, main + with("kata")},
                         {"/etc/containerd/conf.d/10.toml", "version = 3\n" + with("gvisor")}},
                        wanted)
                    .replaced,
                ElementsAre(HasSubstr("10.toml:3:1")));
    EXPECT_THAT(planFor({{kMain, main + with("nvidia")}}, wanted).replaced, IsEmpty());
}

TEST(Containerd, WarnsOfWhatStandsInTheWay) {
    EXPECT_THAT(planFor({{kMain, "disabled_plugins = [\"cri\"]\n"}}, wish(Version{1, 7})).warnings,
                ElementsAre(HasSubstr("config.toml:1:1: the CRI plugin is off")));
    auto cdi = wish(std::nullopt);
    cdi.settings.enableCdi = true;
    EXPECT_THAT(planFor({}, cdi).warnings, ElementsAre(HasSubstr("1.7")));
    auto first = wish(Version{2, 1});
    first.settings.setAsDefault = true;
    const Files files = {{kMain, "version = 3\nimports = ['/etc/containerd/conf.d/*.toml']\n"},
                         {"/etc/containerd/conf.d/zz.toml",
                          "version = 3\n[plugins.'io.containerd.cri.v1.runtime'.containerd]\n"
                          "default_runtime_name = 'kata'\n"}};
    EXPECT_THAT(planFor(files, first).warnings, ElementsAre(HasSubstr("conf.d/zz.toml:3:1")));
    EXPECT_THAT(planFor(files, wish(Version{2, 1})).warnings, IsEmpty());
}

TEST(Containerd, WarnsOfAnotherDirectoryOfCdi) {
    auto cdi = wish(Version{1, 7});
    cdi.settings.enableCdi = true;
    EXPECT_THAT(planFor({{kMain, "version = 2\n[plugins.'io.containerd.grpc.v1.cri']\n"
                                 "cdi_spec_dirs = ['/etc/cdi']\n"}},
                        cdi)
                    .warnings,
                ElementsAre(HasSubstr("config.toml:3:1: cdi_spec_dirs leaves out /var/run/cdi")));
    cdi.version = Version{2, 1};
    const std::string table = "version = 3\nimports = ['/etc/containerd/conf.d/*.toml']\n"
                              "[plugins.'io.containerd.cri.v1.runtime']\ncdi_spec_dirs = ";
    const char* const imported = "/etc/containerd/conf.d/10.toml";
    EXPECT_THAT(
        planFor({{kMain, table + "['/run/cdi']\n"}, {imported, table + "['/etc/cdi']\n"}}, cdi)
            .warnings,
        ElementsAre(HasSubstr("10.toml:4:1: cdi_spec_dirs leaves")));
    EXPECT_THAT(
        planFor({{kMain, table + "['/etc/cdi']\n"}, {imported, table + "['/run/cdi']\n"}}, cdi)
            .warnings,
        IsEmpty());
}

TEST(Containerd, TellsWhichFileDecidesByTheOrderOfImports) {
    const std::string other =
        "version = 3\n"
        "[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.nvidia]\n"
        "runtime_type = 'io.containerd.runc.v2'\n"
        "options = { BinaryName = '/old' }\n";
    struct {
        const char* name;
        std::string imports;
        const char* file;
        bool isLater;
    } const cases[] = {
        {"a later pattern, an earlier name", "'conf.d/*.toml', '/etc/aa.toml'", "/etc/aa.toml",
         true},
        {"an earlier pattern, a later name", "'/etc/zz.toml', 'conf.d/*.toml'", "/etc/zz.toml",
         false},
        {"later by name", "'./conf.d/../conf.d/*.toml'", "/etc/containerd/conf.d/zz.toml", true},
        {"earlier by name", "'conf.d/*.toml'", "/etc/containerd/conf.d/10.toml", false},
        {"ours is imported last", "'/etc/zz.toml'", "/etc/zz.toml", false},
    };
    for (const auto& [name, imports, file, isLater] : cases) {
        SCOPED_TRACE(name);
        const Plan plan =
            planFor({{kMain, "version = 3\nimports = [" + imports + "]\n"}, {file, other}},
                    wish(Version{2, 1}));
        const auto decides = HasSubstr(std::string(file) + ":2:1 is read later and decides");
        EXPECT_EQ(testing::Matches(ElementsAre(decides))(plan.warnings), isLater);
        EXPECT_EQ(plan.warnings.empty(), !isLater);
        EXPECT_EQ(plan.replaced.empty(), isLater);
    }
}

/// File by file, and what each imports only after all that was named before.
TEST(Containerd, FollowsTheImportsOfImportedFiles) {
    const std::string nvidia = "version = 3\n"
                               "[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.nvidia]"
                               "\noptions = { BinaryName = '/old' }\n";
    const auto importing = [](const std::string& imports) {
        return "version = 3\nimports = [" + imports + "]\n";
    };
    struct {
        const char* name;
        Files files;
        std::string later; ///< the file that decides; empty: ours
    } const cases[] = {
        {"beside the file that imports it",
         {{kMain, importing("'site/a.toml', 'conf.d/*.toml'")},
          {"/etc/containerd/site/a.toml", importing("'b.toml'")},
          {"/etc/containerd/site/b.toml", nvidia}},
         "/etc/containerd/site/b.toml"},
        {"not beside the main file",
         {{kMain, importing("'site/a.toml', 'conf.d/*.toml'")},
          {"/etc/containerd/site/a.toml", importing("'b.toml'")},
          {"/etc/containerd/b.toml", nvidia}},
         ""},
        {"in a circle",
         {{kMain, importing("'site/a.toml', 'conf.d/*.toml'")},
          {"/etc/containerd/site/a.toml", importing("'a.toml', '../config.toml', 'b.toml'")},
          {"/etc/containerd/site/b.toml", nvidia + "[x]\n"}},
         "/etc/containerd/site/b.toml"},
        {"before our drop-in was imported",
         {{kMain, importing("'site/a.toml'")},
          {"/etc/containerd/site/a.toml", importing("'b.toml'")},
          {"/etc/containerd/site/b.toml", nvidia}},
         "/etc/containerd/site/b.toml"},
        {"in directories with a pattern",
         {{kMain, importing("'conf.d/*.toml', '*.site/?.toml'")},
          {"/etc/containerd/x.site/a.toml", nvidia}},
         "/etc/containerd/x.site/a.toml"},
        {"without a star it is a name",
         {{kMain, importing("'conf.d/*.toml', 'x.site/?.toml'")},
          {"/etc/containerd/x.site/a.toml", nvidia}},
         ""},
        {"our drop-in by an imported file",
         {{kMain, importing("'site/a.toml', 'site/b.toml'")},
          {"/etc/containerd/site/a.toml", importing("'../conf.d/*.toml'")},
          {"/etc/containerd/site/b.toml", "version = 3\n"}},
         ""},
    };
    for (const auto& [name, files, later] : cases) {
        SCOPED_TRACE(name);
        const Plan plan = planFor(files, wish(Version{2, 1}));
        const auto decides = HasSubstr(later + ":2:1 is read later and decides");
        EXPECT_EQ(testing::Matches(ElementsAre(decides))(plan.warnings), !later.empty());
        EXPECT_EQ(plan.warnings.empty(), later.empty());
    }
}

TEST(Containerd, TakesAnImportedFileWithoutVersionForOneOfTheMainFiles) {
    const Plan plan = planFor({{kMain, "version = 2\nimports = ['conf.d/*.toml']\n"},
                               {"/etc/containerd/conf.d/cri.toml",
                                "[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.runc]\n"
                                "runtime_type = \"io.containerd.runc.v2\"\n"}},
                              wish(Version{1, 7}));
    EXPECT_THAT(after(plan, "/etc/containerd/conf.d/cri.toml"), HasSubstr("runtimes.nvidia]"));
    EXPECT_THAT(plan.warnings, IsEmpty());
}

/// containerd 1.x lets it go before default_runtime_name; containerd 2 does not know it.
TEST(Containerd, KnowsTheDeprecatedDefaultRuntime) {
    const std::string cri = "plugins.\"io.containerd.grpc.v1.cri\".containerd";
    const std::string old = "version = 2\n[" + cri + "]\n[" + cri + ".default_runtime]\n" +
                            "runtime_type = \"io.containerd.runc.v2\"\n[" + cri +
                            ".default_runtime.options]\nSystemdCgroup = true\n";
    const std::string empty = "version = 2\n[" + cri + ".default_runtime]\nruntime_type = \"\"\n";
    struct {
        const char* name;
        std::optional<Version> version;
        std::string before;
        bool setAsDefault;
        bool isThere; ///< after it
        bool isModel;
    } const cases[] = {
        {"in the way of ours", Version{1, 7}, old, true, false, true},
        {"unknown version", std::nullopt, old, true, false, true},
        {"ours is not the default", Version{1, 7}, old, false, true, true},
        {"of `containerd config default`", Version{1, 7}, empty, true, true, false},
        {"containerd 2", Version{2, 0}, old, true, true, false},
    };
    for (const auto& [name, version, before, setAsDefault, isThere, isModel] : cases) {
        SCOPED_TRACE(name);
        auto wanted = wish(version);
        wanted.settings.setAsDefault = setAsDefault;
        const Plan plan = planFor({{kMain, before}}, wanted);
        const std::string text = after(plan, kMain);
        EXPECT_EQ(text.find(".default_runtime]") != std::string::npos, isThere);
        EXPECT_EQ(text.find("SystemdCgroup = true\nBinaryName") != std::string::npos, isModel);
        EXPECT_EQ(plan.replaced.size(), isThere ? 0U : 1U);
    }
}

TEST(Containerd, WarnsOfImportedFilesOfAnotherVersion) {
    EXPECT_THAT(planFor({{kMain, "version = 3\nimports = ['conf.d/*.toml']\n"},
                         {"/etc/containerd/conf.d/10.toml",
                          "# old\nversion = 2\n[plugins.'io.containerd.grpc.v1.cri']\n"
                          "sandbox_image = 'x'\n"}},
                        wish(Version{2, 1}))
                    .warnings,
                ElementsAre(HasSubstr("conf.d/10.toml:2:1: it has version 2")));
}

TEST(Containerd, KnowsTheCriPluginByAllItsNames) {
    for (const char* name : {"cri", "io.containerd.grpc.v1.cri", "io.containerd.cri.v1.runtime",
                             "io.containerd.cri.v1.images"}) {
        EXPECT_THAT(
            planFor({{kMain, "version = 3\ndisabled_plugins = ['" + std::string(name) + "']\n"}},
                    wish(Version{2, 1}))
                .warnings,
            ElementsAre(HasSubstr("the CRI plugin is off")));
    }
}

TEST(Containerd, IsRefusedWhereItCannotBeRight) {
    auto dropIn = wish(Version{1, 7});
    dropIn.dropIn = kDropIn;
    auto unknown = dropIn;
    unknown.version = std::nullopt;
    auto template3 = wish(Version{1, 7});
    template3.config = "/var/lib/rancher/k3s/agent/etc/containerd/config.toml.tmpl";
    struct {
        const char* name;
        std::string text;
        Wish wish;
        const char* error;
    } const cases[] = {
        {"drop-in before 2.1", "version = 2\n", dropIn, "before 2.1"},
        {"drop-in, unknown version", "version = 2\n", unknown, "before 2.1"},
        {"version 3 of 1.7", "version = 3\n", wish(Version{1, 7}), "config.toml:1:1"},
        {"version 1 of 2.1", "[plugins.cri]\n", wish(Version{2, 1}),
         "config.toml: it is of version 1, whose CRI settings containerd 2.1 does not take"},
        {"version 4", "version = 4\n", wish(std::nullopt), "version 4"},
        {"version that does not fit 32 bits", "version = 4294967298\n", wish(std::nullopt),
         "version 4294967298"},
        {"version of another kind", "version = \"2\"\n", wish(std::nullopt), "no whole number"},
        {"k3s' own place", "version = 2\n", template3, "template"},
        {"template in a text", "version = 2\n{{- if .X }}\n", wish(Version{1, 7}),
         "config.toml:2:1: this is a template"},
        {"no table", "version = 2\nplugins = 1\n", wish(Version{1, 7}),
         "config.toml:2:1: plugins is no table"},
        {"runtimes of another kind",
         "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".containerd]\nruntimes = []\n",
         wish(Version{1, 7}), "config.toml:3:1: plugins."},
        {"imports of another kind", "version = 3\nimports = \"a\"\n", wish(Version{2, 1}),
         "config.toml:2:1: imports is no list"},
    };
    for (const auto& [name, text, wanted, error] : cases) {
        SCOPED_TRACE(name);
        EXPECT_THAT(tests::refusalOf([&, &text = text, &wanted = wanted] {
                        planFor({{kMain, text}}, wanted);
                    }),
                    HasSubstr(error));
    }
    EXPECT_THAT(
        tests::refusalOf([&] {
            planFor({{kMain, "version = 3\n"}, {kDropIn, "version = 2\n"}}, wish(Version{2, 1}));
        }),
        HasSubstr("99-nvidia.toml:1:1: it has version 2"));
}

} // namespace
} // namespace toolkit::runtimes
