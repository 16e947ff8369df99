#include "toolkit/rootless/containers_conf.h"

#include "host/base/error.h"
#include "host/process/home_directory.h"
#include "tests/unit/temporary.h"

#include <gmock/gmock.h>

namespace toolkit::rootless {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(ContainersConf, LaterFilesAddToTablesAndReplaceValues) {
    ContainersConf conf;
    layOver(conf,
            "[engine]\nruntime = \"runc\"\nhooks_dir = [\"/a\", \"/b\"]\n"
            "[engine.runtimes]\nrunc = [\"/usr/bin/runc\"]\nnvidia = [\"/old\"]\n",
            "first");
    layOver(conf,
            "[engine]\nruntime = \"crun\"\n[engine.runtimes]\n"
            "nvidia = [\"/usr/bin/nvidia-container-runtime\"]\n",
            "second");
    layOver(conf, "[containers]\nnetns = \"none\"\n", "third");
    EXPECT_EQ(conf.runtime, "crun");
    EXPECT_THAT(conf.hookDirectories, ElementsAre("/a", "/b"));
    EXPECT_THAT(conf.runtimes["runc"], ElementsAre("/usr/bin/runc"));
    EXPECT_THAT(conf.runtimes["nvidia"], ElementsAre("/usr/bin/nvidia-container-runtime"));
}

TEST(ContainersConf, ValuesOfOtherTypesAreLeftOut) {
    ContainersConf conf;
    layOver(conf, "[engine]\nruntime = 1\nhooks_dir = \"/a\"\n[engine.runtimes]\nx = [1, \"/x\"]\n",
            "f");
    layOver(conf, "engine = 1\n", "f");
    EXPECT_EQ(conf.runtime, "");
    EXPECT_THAT(conf.hookDirectories, IsEmpty());
    EXPECT_THAT(conf.runtimes["x"], ElementsAre("/x"));
}

TEST(ContainersConf, ListsReplaceThoseOfEarlierFilesOrAddToThem) {
    ContainersConf conf;
    layOver(conf, "[engine]\ncdi_spec_dirs = [\"/a\"]\n", "first");
    layOver(conf, "[engine]\ncdi_spec_dirs = [\"/b\", {append = true}]\n", "second");
    EXPECT_THAT(conf.cdiDirectories, ElementsAre("/a", "/b"));
    layOver(conf, "[engine]\ncdi_spec_dirs = [\"/c\", {append = false}]\n", "third");
    EXPECT_THAT(conf.cdiDirectories, ElementsAre("/c"));
    layOver(conf, "[engine]\nhooks_dir = [\"/a\", {append = true}]\n", "fourth");
    EXPECT_THAT(conf.hookDirectories, ElementsAre("/a"));
}

TEST(ContainersConf, WhatIsNoTomlIsSaidWithItsPlace) {
    ContainersConf conf;
    try {
        layOver(conf, "[engine]\nruntime = crun\n", "/etc/containers/containers.conf");
        FAIL();
    } catch (const host::Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("/etc/containers/containers.conf:2:"));
    }
}

TEST(ContainersConf, FilesAreInPodmansOrder) {
    const tests::Directory host;
    for (const char* name : {"etc/containers/containers.conf.d/99-nvidia.conf",
                             "etc/containers/containers.conf.d/10-first.conf",
                             "etc/containers/containers.conf.d/ignored.toml",
                             "home/.config/containers/containers.conf.d/own.conf"}) {
        host.write(name, "");
    }
    const host::Roots roots{.etc = host.path() / "etc", .root = host.path()};
    const auto files = [&](Environment environment) {
        environment.emplace("HOME", host.path() / "home");
        std::vector<std::string> names;
        for (const auto& file : containersConfFiles(environment, roots)) {
            names.push_back(file.lexically_proximate(host.path()).string());
        }
        return names;
    };
    EXPECT_THAT(files({}), ElementsAre("usr/share/containers/containers.conf",
                                       "etc/containers/containers.conf",
                                       "etc/containers/containers.conf.d/10-first.conf",
                                       "etc/containers/containers.conf.d/99-nvidia.conf",
                                       "home/.config/containers/containers.conf",
                                       "home/.config/containers/containers.conf.d/own.conf"));
    EXPECT_EQ(files({{"XDG_CONFIG_HOME", host.path() / "xdg"}}).back(),
              "xdg/containers/containers.conf");
    EXPECT_THAT(containersConfFiles({}, roots),
                Contains(host::homeDirectory("") / ".config/containers/containers.conf"));
    EXPECT_EQ(files({{"CONTAINERS_CONF_OVERRIDE", host.path() / "last"}}).back(), "last");
    EXPECT_THAT(files({{"CONTAINERS_CONF", host.path() / "only"}}), ElementsAre("only"));
}

} // namespace
} // namespace toolkit::rootless
