#include "toolkit/installation/toolkit_files.h"

#include "host/base/error.h"
#include "tests/unit/temporary.h"
#include "toolkit/edits/toolkit_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace toolkit {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(ToolkitFiles, AreTheProgramsTheirNamesAndTheConfiguration) {
    const tests::Directory folder;
    folder.write("bin/driverctl-runtime", "runtime");
    folder.write("bin/driverctl-hook", "hook");
    folder.write("incomplete/driverctl-hook", "");
    std::vector<std::string> shown;
    for (const auto& file :
         toolkitFiles({folder.path() / "incomplete", folder.path() / "bin"}, {})) {
        const char* is = file.kind == InstalledFile::Kind::Link ? " → " : ": ";
        shown.push_back(file.kind == InstalledFile::Kind::Document
                            ? file.name.string()
                            : file.name.string() + is + file.content);
    }
    EXPECT_THAT(shown,
                ElementsAre("driverctl-runtime: runtime", "driverctl-hook: hook",
                            "nvidia-container-runtime → driverctl-runtime",
                            "nvidia-container-runtime-hook → driverctl-hook",
                            "nvidia-container-toolkit → driverctl-hook",
                            "nvidia-ctk → driverctl-hook", "nvidia-cdi-hook → driverctl-hook",
                            ".config/nvidia-container-runtime/config.toml"));
}

TEST(ToolkitFiles, ProgramsThatAreNotThere) {
    try {
        toolkitFiles({"/nowhere", "/no/where"}, {});
        FAIL();
    } catch (const host::Error& error) {
        EXPECT_STREQ(error.what(), "there is no folder with driverctl-runtime and driverctl-hook: "
                                   "looked in /nowhere, /no/where");
    }
}

TEST(ToolkitFiles, TheConfigurationSaysWhatWasAskedFor) {
    const auto usual = parseToolkitConfig(textOf({}), "config.toml", "/root");
    EXPECT_THAT(usual.warnings, IsEmpty());
    EXPECT_TRUE(usual.config.acceptEnvironmentUnprivileged);
    EXPECT_FALSE(usual.config.acceptVolumeMounts);
    EXPECT_EQ(usual.config.containerCli.root, "");
    EXPECT_THAT(usual.config.runtime.runtimes, ElementsAre("runc", "crun"));

    const auto other = parseToolkitConfig(textOf({.driverRoot = "/opt/\"driver\"",
                                                  .acceptEnvironmentUnprivileged = false,
                                                  .acceptVolumeMounts = true,
                                                  .debug = "/var/log/runtime.log",
                                                  .runtimes = {"crun", "/opt/bin/runc"}}),
                                          "config.toml", "/root");
    EXPECT_THAT(other.warnings, IsEmpty());
    EXPECT_FALSE(other.config.acceptEnvironmentUnprivileged);
    EXPECT_TRUE(other.config.acceptVolumeMounts);
    EXPECT_EQ(other.config.containerCli.root, "/opt/\"driver\"");
    EXPECT_EQ(other.config.runtime.debug, "/var/log/runtime.log");
    EXPECT_THAT(other.config.runtime.runtimes, ElementsAre("crun", "/opt/bin/runc"));
}

TEST(ToolkitFiles, AreLookedForBesideTheProgramFirst) {
    const auto folders = programFolders();
    ASSERT_EQ(folders.size(), 2U);
    EXPECT_EQ(folders.front(), std::filesystem::read_symlink("/proc/self/exe").parent_path());
    EXPECT_THAT(folders.back().string(), HasSubstr("/usr/bin"));
}

} // namespace
} // namespace toolkit
