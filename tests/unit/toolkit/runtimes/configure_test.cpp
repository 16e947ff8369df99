#include "toolkit/runtimes/configure.h"

#include "host/base/fd.h"
#include "tests/unit/toolkit/runtimes/configured_tree.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <random>
#include <sys/file.h>
#include <sys/stat.h>

namespace toolkit::runtimes {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using tests::ConfiguredTree;

constexpr const char* kDaemon = "/etc/docker/daemon.json";
constexpr const char* kMain = "/etc/containerd/config.toml";
constexpr const char* kDropIn = "/etc/containerd/conf.d/99-nvidia.toml";

Wish docker() {
    return {.settings = {.runtime = Runtime::Docker}};
}

Wish containerd(Version version) {
    return {.settings = {.runtime = Runtime::Containerd}, .version = version};
}

unsigned modeOf(const fs::path& path) {
    struct stat status {};
    ::lstat(path.c_str(), &status);
    return status.st_mode & 07777U;
}

TEST(Configure, KeepsACopyAndARecord) {
    const ConfiguredTree tree({{kDaemon, "{}\n"}});
    configure(docker(), tree.files(), Mode::Real);
    EXPECT_EQ(tree.read("/etc/docker/daemon.json.before-driverctl-nvidia"), "{}\n");
    EXPECT_THAT(tree.read("/etc/docker/daemon.json.driverctl-nvidia"), HasSubstr("runtimes"));
}

TEST(Configure, KeepsModeAndLinks) {
    const ConfiguredTree tree({{"/srv/daemon.json", "{}\n"}});
    fs::create_directories(tree.onHost("/etc/docker"));
    fs::create_symlink("../../srv/daemon.json", tree.onHost(kDaemon));
    fs::permissions(tree.onHost("/srv/daemon.json"), fs::perms(0640));
    configure(docker(), tree.files(), Mode::Real);
    EXPECT_TRUE(fs::is_symlink(tree.onHost(kDaemon)));
    EXPECT_THAT(tree.read("/srv/daemon.json"), HasSubstr("nvidia"));
    EXPECT_EQ(modeOf(tree.onHost("/srv/daemon.json")), 0640U);
    EXPECT_EQ(modeOf(tree.onHost("/etc/docker/daemon.json.before-driverctl-nvidia")), 0640U);
    remove(docker(), tree.files(), Mode::Real);
    EXPECT_TRUE(fs::is_symlink(tree.onHost(kDaemon)));
    EXPECT_EQ(tree.read("/srv/daemon.json"), "{}\n");
}

TEST(Configure, AddsUpOverSeveralRuns) {
    const std::string before = "{\"default-runtime\": \"kata\"}\n";
    const ConfiguredTree tree({{kDaemon, before}});
    auto wish = docker();
    configure(wish, tree.files(), Mode::Real);
    wish.settings.setAsDefault = true;
    configure(wish, tree.files(), Mode::Real);
    wish.settings.program = "/opt/driverctl-runtime";
    configure(wish, tree.files(), Mode::Real);
    EXPECT_EQ(tree.read(kDaemon), "{\"default-runtime\": \"nvidia\", \"runtimes\": {\"nvidia\": "
                                  "{\"path\": \"/opt/driverctl-runtime\"}}}\n");
    remove(wish, tree.files(), Mode::Real);
    EXPECT_EQ(tree.all(),
              (ConfiguredTree::Files{{"/etc/", ""}, {"/etc/docker/", ""}, {kDaemon, before}}));
}

TEST(Configure, TwoNamesInOneFileGoOneByOne) {
    const ConfiguredTree tree({{kDaemon, "{\"debug\": true}\n"}});
    auto second = docker();
    second.settings.name = "gpu";
    configure(docker(), tree.files(), Mode::Real);
    configure(second, tree.files(), Mode::Real);
    remove(docker(), tree.files(), Mode::Real);
    EXPECT_EQ(tree.read(kDaemon), "{\"debug\": true, \"runtimes\": {\"gpu\": {\"path\": "
                                  "\"/usr/bin/driverctl-runtime\"}}}\n");
    remove(second, tree.files(), Mode::Real);
    EXPECT_EQ(tree.read(kDaemon), "{\"debug\": true, \"runtimes\": {}}\n");
}

/// Its record is longer than the longest file.
TEST(Configure, AFileOfAlmostAMebibyteIsTakenBack) {
    std::string before = "{\n    \"insecure-registries\": [";
    for (int i = 0; before.size() < 1'000'000; ++i) {
        before += fmt::format("{}\n        \"r{}.example\"", i == 0 ? "" : ",", i);
    }
    before += "\n    ]\n}\n";
    const ConfiguredTree tree({{kDaemon, before}});
    configure(docker(), tree.files(), Mode::Real);
    auto wish = docker();
    wish.settings.setAsDefault = true;
    configure(wish, tree.files(), Mode::Real);
    remove(docker(), tree.files(), Mode::Real);
    EXPECT_EQ(tree.all(),
              (ConfiguredTree::Files{{"/etc/", ""}, {"/etc/docker/", ""}, {kDaemon, before}}));
}

/// A daemon takes seconds to say what it thinks of a file.
TEST(Configure, WhatSomebodyWritesMeanwhileStays) {
    for (const bool isThere : {true, false}) {
        const ConfiguredTree tree;
        if (isThere) {
            tree.write(kDaemon, "{}\n");
        }
        auto wish = docker();
        wish.check = [&](const fs::path& /*file*/, const std::string& /*text*/) {
            tree.write(kDaemon, "{\"debug\": true}\n");
            return std::string();
        };
        EXPECT_THAT([&] { configure(wish, tree.files(), Mode::Real); },
                    testing::ThrowsMessage<host::Error>(std::string(kDaemon) +
                                                        " was changed by somebody else meanwhile"));
        EXPECT_EQ(tree.all(),
                  (ConfiguredTree::Files{
                      {"/etc/", ""}, {"/etc/docker/", ""}, {kDaemon, "{\"debug\": true}\n"}}));
    }
}

TEST(Configure, AsksTheDaemonBeforeAndAfter) {
    const ConfiguredTree tree({{kDaemon, "{}\n"}});
    std::vector<std::string> asked;
    auto wish = docker();
    wish.check = [&](const fs::path& /*file*/, const std::string& text) {
        asked.push_back(text);
        return std::string();
    };
    configure(wish, tree.files(), Mode::DryRun);
    EXPECT_THAT(asked, ElementsAre("{}\n", HasSubstr("nvidia")));
    const auto before = tree.all();
    for (const bool refusesNew : {false, true}) {
        wish.check = [&](const fs::path& /*file*/, const std::string& text) {
            return (text.find("nvidia") != std::string::npos) == refusesNew ? "unknown key" : "";
        };
        EXPECT_EQ(tests::refusalOf([&] { configure(wish, tree.files(), Mode::Real); }),
                  fmt::format("{}: the daemon refuses the file as it {}: unknown key", kDaemon,
                              refusesNew ? "would be" : "is"));
        EXPECT_EQ(tree.all(), before);
    }
}

/// What the daemon has judged is what is written, whoever comes first.
TEST(Configure, AsksTheDaemonWhereNobodyElseConfigures) {
    const ConfiguredTree tree({{kDaemon, "{}\n"}});
    auto wish = docker();
    std::vector<bool> isLocked;
    wish.check = [&](const fs::path& /*file*/, const std::string& /*text*/) {
        const auto directory = host::openFile(tree.onHost("/etc/docker"), O_RDONLY | O_DIRECTORY);
        isLocked.push_back(::flock(directory.get(), LOCK_EX | LOCK_NB) != 0);
        return std::string();
    };
    configure(wish, tree.files(), Mode::Real);
    EXPECT_THAT(isLocked, ElementsAre(true, true));
}

TEST(Configure, TakesBackAFileThatWasPutElsewhere) {
    const ConfiguredTree tree;
    configure(docker(), tree.files(), Mode::Real);
    fs::create_directories(tree.onHost("/srv"));
    fs::rename(tree.onHost(kDaemon), tree.onHost("/srv/daemon.json"));
    fs::create_symlink(tree.onHost("/srv/daemon.json"), tree.onHost(kDaemon));
    remove(docker(), tree.files(), Mode::Real);
    EXPECT_FALSE(fs::exists(tree.onHost("/srv/daemon.json")));
    EXPECT_FALSE(fs::is_symlink(tree.onHost(kDaemon)));
}

TEST(Configure, RefusesNamesAndPathsThatNoRuntimeTakes) {
    const ConfiguredTree tree;
    for (const char* name : {"", "a b", "a/b", "a\n"}) {
        auto wish = docker();
        wish.settings.name = name;
        EXPECT_THAT(tests::refusalOf([&] { configure(wish, tree.files(), Mode::Real); }),
                    HasSubstr("no name of a runtime"));
    }
    auto wish = docker();
    wish.settings.program = "driverctl-runtime";
    EXPECT_THAT(tests::refusalOf([&] { configure(wish, tree.files(), Mode::Real); }),
                HasSubstr("no absolute path"));
    const Wish crio{.settings = {.runtime = Runtime::Crio, .rootless = true}};
    EXPECT_THAT(tests::refusalOf([&] { configure(crio, tree.files(), Mode::Real); }),
                HasSubstr("no user has one"));
    EXPECT_THAT(tree.all(), IsEmpty());
}

TEST(Configure, TakesBackWhatWasWrittenBeforeAFailure) {
    const ConfiguredTree tree({{kMain, "version = 3\n"}});
    fs::create_directories(tree.onHost("/etc/containerd/config.toml.before-driverctl-nvidia/x"));
    const auto before = tree.all();
    EXPECT_THROW(configure(containerd({2, 1}), tree.files(), Mode::Real), host::Error);
    EXPECT_EQ(tree.all(), before);
}

TEST(Remove, TakesOutOnlyOurEntriesOfAFileThatWasEdited) {
    const ConfiguredTree tree({{kDaemon, "{\n  \"default-runtime\": \"kata\"\n}\n"}});
    auto wish = docker();
    wish.settings.setAsDefault = true;
    configure(wish, tree.files(), Mode::Real);
    std::string edited = tree.read(kDaemon);
    edited.insert(2, "  \"debug\": true,\n");
    tree.write(kDaemon, edited);
    const Outcome outcome = remove(wish, tree.files(), Mode::Real);
    EXPECT_EQ(tree.read(kDaemon), "{\n  \"debug\": true,\n  \"default-runtime\": \"kata\"\n}\n");
    EXPECT_THAT(outcome.warnings, ElementsAre(HasSubstr("only our entries are taken out")));
    EXPECT_EQ(outcome.activation, "systemctl reload docker");
}

TEST(Remove, KeepsAFileOfOursThatSomebodyUses) {
    const ConfiguredTree tree({{kMain, "version = 3\n"}});
    configure(containerd({2, 1}), tree.files(), Mode::Real);
    tree.write(kDropIn, tree.read(kDropIn) + "[debug]\nlevel = \"debug\"\n");
    remove(containerd({2, 1}), tree.files(), Mode::Real);
    EXPECT_EQ(tree.read(kDropIn), "version = 3\n[debug]\nlevel = \"debug\"\n");
    EXPECT_EQ(tree.read(kMain), "version = 3\n");
}

TEST(Remove, ComesToTheSameAfterAKillAtAnyMoment) {
    const ConfiguredTree::Files before = {{kMain, "version = 3\n"}};
    const ConfiguredTree done(before);
    configure(containerd({2, 1}), done.files(), Mode::Real);
    const auto all = done.all();
    const std::string order[] = {kMain + std::string(".before-driverctl-nvidia"),
                                 kMain + std::string(".driverctl-nvidia"), kDropIn, kMain};
    for (std::size_t written = 0; written <= std::size(order); ++written) {
        const ConfiguredTree tree(before);
        for (std::size_t i = 0; i < written; ++i) {
            tree.write(order[i], all.at(order[i]));
        }
        configure(containerd({2, 1}), tree.files(), Mode::Real);
        EXPECT_EQ(tree.read(kMain), done.read(kMain)) << written;
        remove(containerd({2, 1}), tree.files(), Mode::Real);
        EXPECT_EQ(tree.read(kMain), "version = 3\n") << written;
        EXPECT_EQ(tree.read(kDropIn), "(no such file)") << written;
    }
}

TEST(Remove, SaysNothingWhereNothingIs) {
    const ConfiguredTree tree;
    const Outcome outcome = remove(docker(), tree.files(), Mode::Real);
    EXPECT_THAT(outcome.changes, IsEmpty());
    EXPECT_THAT(tree.all(), IsEmpty());
}

TEST(Remove, LeavesAnEntryThatSomebodyHasChanged) {
    const ConfiguredTree tree({{kDaemon, "{\"debug\": true}\n"}});
    configure(docker(), tree.files(), Mode::Real);
    const std::string edited = "{\"debug\": true, \"runtimes\": {\"nvidia\": {\"path\": "
                               "\"/usr/bin/driverctl-runtime\", \"runtimeArgs\": [\"-x\"]}}}\n";
    tree.write(kDaemon, edited);
    EXPECT_THAT(remove(docker(), tree.files(), Mode::Real).warnings,
                ElementsAre(HasSubstr("runtimes.nvidia was changed since and stays as it is")));
    EXPECT_EQ(tree.all(), (ConfiguredTree::Files{{"/etc/", ""},
                                                 {"/etc/docker/", ""},
                                                 {kDaemon, edited},
                                                 {"/etc/docker/daemon.json.before-driverctl-nvidia",
                                                  "{\"debug\": true}\n"}}));
}

TEST(Remove, KeepsTheCommentsThatSomebodyHasWrittenInADropIn) {
    const ConfiguredTree tree;
    configure({.settings = {.runtime = Runtime::Crio}}, tree.files(), Mode::Real);
    const std::string path = "/etc/crio/crio.conf.d/99-nvidia.toml";
    tree.write(path, "# keep\n" + tree.read(path));
    EXPECT_THAT(remove({.settings = {.runtime = Runtime::Crio}}, tree.files(), Mode::Real).warnings,
                ElementsAre(HasSubstr("only our entries"), HasSubstr("stays: it has more")));
    EXPECT_EQ(tree.read(path), "# keep\n");
}

/// A daemon whose default runtime is not there does not start.
TEST(Remove, IsRefusedWhereTheDefaultRuntimeWouldBeGone) {
    const std::string cri = "plugins.'io.containerd.cri.v1.runtime'.containerd";
    struct {
        Wish wish;
        const char* path;
        std::string text; ///< of that file, after the configuration
        const char* error;
    } const cases[] = {
        {docker(), kDaemon,
         "{\"runtimes\": {\"nvidia\": {\"path\": \"/usr/bin/driverctl-runtime\"}},\n"
         " \"default-runtime\": \"nvidia\"}",
         "/etc/docker/daemon.json:2:2: default-runtime is nvidia, which would be gone"},
        {containerd({2, 1}), kMain,
         "version = 3\nimports = [\"/etc/containerd/conf.d/*.toml\"]\n[" + cri +
             "]\ndefault_runtime_name = 'nvidia'\n",
         "/etc/containerd/config.toml:4:1: default_runtime_name is nvidia"},
        {{.settings = {.runtime = Runtime::Crio}},
         "/etc/crio/crio.conf.d/10.conf",
         "[crio.runtime]\ndefault_runtime = \"nvidia\"\n",
         "/etc/crio/crio.conf.d/10.conf:2:1: default_runtime is nvidia"},
        {{.settings = {.runtime = Runtime::Podman}},
         "/etc/containers/containers.conf",
         "[engine]\nruntime = \"nvidia\"\n",
         "/etc/containers/containers.conf:2:1: runtime is nvidia"},
    };
    for (const auto& [wish, path, text, error] : cases) {
        const ConfiguredTree tree;
        configure(wish, tree.files(), Mode::Real);
        tree.write(path, text);
        const auto before = tree.all();
        EXPECT_THAT(tests::refusalOf([&, &wish = wish] { remove(wish, tree.files(), Mode::Real); }),
                    HasSubstr(error));
        EXPECT_EQ(tree.all(), before);
    }
}

/// The daemon did not start before: what was there is the person's own, whatever we think of it.
TEST(Remove, BringsBackADefaultRuntimeThatWasNotThere) {
    struct {
        Wish wish;
        ConfiguredTree::Files before;
    } const cases[] = {
        {docker(), {{kDaemon, "{ \"default-runtime\":\"nvidia\" }"}}},
        {containerd({1, 7}),
         {{kMain, "version = 2\n[plugins.'io.containerd.grpc.v1.cri'.containerd]\n"
                  "default_runtime_name = 'nvidia' # ours\n"}}},
        {containerd({2, 1}),
         {{kMain, "version = 3\n[plugins.'io.containerd.cri.v1.runtime'.containerd]\n"
                  "default_runtime_name = 'nvidia'\n"}}},
        {{.settings = {.runtime = Runtime::Crio}},
         {{"/etc/crio/crio.conf.d/10.conf", "[crio.runtime]\ndefault_runtime = \"nvidia\"\n"}}},
        {{.settings = {.runtime = Runtime::Podman}},
         {{"/etc/containers/containers.conf", "[engine]\nruntime = \"nvidia\"\n"}}},
    };
    for (const auto& [wish, files] : cases) {
        for (const unsigned runs : {1U, 2U, 3U}) {
            const ConfiguredTree tree(files);
            const auto before = tree.all();
            auto changed = wish;
            for (unsigned run = 0; run < runs; ++run) { // the third changes something
                changed.settings.program = run < 2 ? "/usr/bin/driverctl-runtime" : "/opt/other";
                changed.settings.setAsDefault = run > 0;
                configure(changed, tree.files(), Mode::Real);
            }
            remove(wish, tree.files(), Mode::Real);
            EXPECT_EQ(tree.all(), before) << files.begin()->first << " " << runs;
        }
    }
}

TEST(RemoveHook, LeavesAFileThatWasRewritten) {
    const std::string path = "/etc/containers/oci/hooks.d/oci-nvidia-hook.json";
    const ConfiguredTree tree;
    configureHook({}, tree.files(), Mode::Real);
    tree.write(path, "{\"version\": \"1.0.0\"}");
    EXPECT_THAT(removeHook({}, tree.files(), Mode::Real).warnings,
                ElementsAre(HasSubstr("stays: it was changed since")));
    EXPECT_EQ(tree.read(path), "{\"version\": \"1.0.0\"}");
}

/// Documents as people write them, made by a seeded generator.
class Documents {
  public:
    explicit Documents(unsigned seed) : random_(seed) {}

    std::string json() {
        const bool lines = chance(2);
        const std::string newline = chance(4) ? "\r\n" : "\n";
        const std::string gap = lines ? newline : chance(2) ? " " : "";
        const std::string indent = lines ? (chance(2) ? "\t" : std::string(pick(1, 8), ' ')) : "";
        std::vector<std::string> members = {
            "\"debug\":" + blank() + "true",
            "\"log-opts\": {" + blank() + "\"max-size\": \"10m\", \"x\" :\"\\u00e9\" }",
            "\"labels\": [\"a=b\",\"{\", 9007199254740993]",
            chance(2) ? "\"runtimes\": {}" : "\"runtimes\": {\"kata\": {\"path\": \"/k\"}}",
            "\"default-runtime\" : \"kata\"",
            "\"features\": " + std::string(chance(2) ? "{\"cdi\":false}" : "null"),
        };
        std::ranges::shuffle(members, random_);
        members.resize(pick(0, members.size()));
        std::string text = chance(5) ? "\xef\xbb\xbf{" : "{";
        for (std::size_t i = 0; i < members.size(); ++i) {
            text += (i == 0 ? "" : ",") + (lines ? newline + indent : gap) + members[i];
        }
        return text + gap + "}" + (chance(2) ? newline : "");
    }

    std::string toml(const std::string& plugin, int version) {
        std::vector<std::string> sections = {
            "[debug]\n  level = \"info\" # why\n",
            "[plugins.\"" + plugin + "\"]\n  sandbox_image = 'x'\n",
            "  [plugins.'" + plugin + "'.registry]\n    config_path = \"/c\"\n# end\n",
            "[plugins.\"" + plugin + "\".containerd]\n  default_runtime_name = \"kata\"\n\n",
            "    [plugins.\"" + plugin +
                "\".containerd.runtimes.runc]\n      runtime_type = "
                "\"io.containerd.runc.v2\"\n      [plugins.\"" +
                plugin + "\".containerd.runtimes.runc.options]\n        SystemdCgroup = true\n",
            "# a comment\n[plugins.\"" + plugin +
                "\".containerd.runtimes.nvidia]\n"
                "  runtime_type = \"io.containerd.runc.v2\"\n  options = { BinaryName = \"/old\" "
                "}\n",
            "[[stream]]\n  x = 1\n[stream.y]\n z = \"\"\"\n[no header]\n\"\"\"\n",
            "[grpc]\n  address = \"/run/x.sock\"\n  list = [\n    1, # one\n    2\n  ]\n",
        };
        std::ranges::shuffle(sections, random_);
        sections.resize(pick(0, sections.size()));
        std::string text = fmt::format("# site\nversion = {}\n", version);
        text += chance(2) ? "imports = [\n  \"/a/*.toml\", # a\n]\n" : "";
        for (const std::string& section : sections) {
            text += (chance(2) ? "\n" : "") + section;
        }
        if (chance(4)) {
            text.pop_back();
        }
        return text;
    }

    bool chance(unsigned of) { return pick(1, of) == 1; }

  private:
    std::size_t pick(std::size_t least, std::size_t most) {
        return std::uniform_int_distribution<std::size_t>(least, most)(random_);
    }
    std::string blank() { return std::string(pick(0, 2), ' '); }

    std::mt19937 random_;
};

/// Configured, configured again, and taken back.
void expectItComesBack(const ConfiguredTree::Files& files, const Wish& wish) {
    const ConfiguredTree tree(files);
    const auto before = tree.all();
    EXPECT_FALSE(configure(wish, tree.files(), Mode::Real).changes.empty());
    const auto after = tree.all();
    EXPECT_TRUE(configure(wish, tree.files(), Mode::Real).changes.empty());
    EXPECT_EQ(tree.all(), after);
    remove(wish, tree.files(), Mode::Real);
    EXPECT_EQ(tree.all(), before);
}

TEST(Configure, ComesBackWhateverTheDocumentLooksLike) {
    for (unsigned seed = 0; seed < 60; ++seed) {
        Documents documents(seed);
        auto wish = docker();
        wish.settings.setAsDefault = documents.chance(2);
        wish.settings.enableCdi = documents.chance(2);
        const std::string json = documents.json();
        SCOPED_TRACE(json);
        expectItComesBack({{kDaemon, json}}, wish);
    }
    struct {
        Version version;
        const char* plugin;
        int format;
    } const daemons[] = {{{1, 7}, "io.containerd.grpc.v1.cri", 2},
                         {{2, 1}, "io.containerd.cri.v1.runtime", 3}};
    for (unsigned seed = 0; seed < 60; ++seed) {
        Documents documents(seed);
        const auto& [version, plugin, format] = daemons[seed % std::size(daemons)];
        auto wish = containerd(version);
        wish.settings.setAsDefault = documents.chance(2);
        wish.settings.enableCdi = documents.chance(2);
        const std::string toml = documents.toml(plugin, format);
        SCOPED_TRACE(toml);
        expectItComesBack({{kMain, toml}}, wish);
    }
}

} // namespace
} // namespace toolkit::runtimes
