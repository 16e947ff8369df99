#include "toolkit/edits/toolkit_config.h"

#include "host/base/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace toolkit {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

ParsedToolkitConfig parsed(const std::string& text) {
    return parseToolkitConfig(text, "f", "/home/somebody");
}

/// "message / remedy" of the Usage error that `text` is.
std::string refusalOf(const std::string& text) {
    try {
        parsed(text);
    } catch (const host::Error& error) {
        EXPECT_EQ(error.fault(), host::Fault::Usage);
        return std::string(error.what()) + " / " + error.remedy();
    }
    return "accepted: " + text;
}

TEST(ToolkitConfig, EveryKeyIsRead) {
    const auto [config, warnings] = parsed(R"(
disable-require = true
swarm-resource = "DOCKER_RESOURCE_GPU, OTHER"
accept-nvidia-visible-devices-envvar-when-unprivileged = false
accept-nvidia-visible-devices-as-volume-mounts = true
supported-driver-capabilities = "compute, utility"

[nvidia-container-cli]
root = "/run/nvidia/driver"
path = "/usr/bin/nvidia-container-cli"
environment = ["A=b"]
debug = "~/log/toolkit.log"
ldcache = "/etc/ld.so.cache"
load-kmods = false
no-cgroups = true
user = "root:video"
ldconfig = "@/sbin/ldconfig.real"

[nvidia-container-runtime]
debug = "/var/log/nvidia-container-runtime.log"
log-level = "debug"
runtimes = ["crun"]
mode = "cdi"

[nvidia-container-runtime.modes.cdi]
annotation-prefixes = ["example.com/"]
spec-dirs = ["/opt/cdi"]
default-kind = "example.com/gpu"

[features]
ignore-imex-channel-requests = true
)");
    EXPECT_THAT(warnings, IsEmpty());
    EXPECT_TRUE(config.disableRequire);
    EXPECT_THAT(config.swarmResources, ElementsAre("DOCKER_RESOURCE_GPU", "OTHER"));
    EXPECT_FALSE(config.acceptEnvironmentUnprivileged);
    EXPECT_TRUE(config.acceptVolumeMounts);
    EXPECT_EQ(config.supportedCapabilities,
              (Capabilities{Capability::Compute, Capability::Utility}));
    EXPECT_EQ(config.containerCli.root, "/run/nvidia/driver");
    EXPECT_EQ(config.containerCli.path, "/usr/bin/nvidia-container-cli");
    EXPECT_THAT(config.containerCli.environment, ElementsAre("A=b"));
    EXPECT_EQ(config.containerCli.debug, "/home/somebody/log/toolkit.log");
    EXPECT_EQ(config.containerCli.ldcache, "/etc/ld.so.cache");
    EXPECT_FALSE(config.containerCli.loadKernelModules);
    EXPECT_TRUE(config.containerCli.noCgroups);
    EXPECT_EQ(config.containerCli.user, "root:video");
    EXPECT_EQ(config.containerCli.ldconfig, "@/sbin/ldconfig.real");
    EXPECT_EQ(config.runtime.debug, "/var/log/nvidia-container-runtime.log");
    EXPECT_EQ(config.runtime.logLevel, "debug");
    EXPECT_THAT(config.runtime.runtimes, ElementsAre("crun"));
    EXPECT_EQ(config.runtime.mode, "cdi");
    EXPECT_THAT(config.runtime.annotationPrefixes, ElementsAre("example.com/"));
    EXPECT_THAT(config.runtime.specDirectories, ElementsAre("/opt/cdi"));
    EXPECT_EQ(config.runtime.defaultKind, "example.com/gpu");
    EXPECT_TRUE(config.ignoreImexChannelRequests);
}

TEST(ToolkitConfig, OfAnEmptyFileIsWhatNvidiasToolkitDoesWithoutOne) {
    const auto [config, warnings] = parsed("");
    EXPECT_THAT(warnings, IsEmpty());
    EXPECT_TRUE(config.acceptEnvironmentUnprivileged);
    EXPECT_FALSE(config.acceptVolumeMounts);
    EXPECT_EQ(config.supportedCapabilities.size(), std::size(kCapabilities));
    EXPECT_EQ(parsed("supported-driver-capabilities = \"all\"").config.supportedCapabilities.size(),
              std::size(kCapabilities));
}

TEST(ToolkitConfig, KeysThatNothingUsesAreIgnoredWithAWarning) {
    const auto [config, warnings] = parsed("disable-requires = true\n"
                                           "disable-require = true\n"
                                           "[nvidia-ctk]\npath = \"nvidia-ctk\"\n"
                                           "[nvidia-container-runtime.modes.legacy]\n"
                                           "cuda-compat-mode = \"ldconfig\"\n");
    EXPECT_TRUE(config.disableRequire);
    EXPECT_THAT(warnings,
                ElementsAre("f:1:1: 'disable-requires' is ignored: it is not known here",
                            "f:5:33: 'nvidia-container-runtime.modes.legacy' is ignored: it is not"
                            " known here",
                            "f:3:2: 'nvidia-ctk' is ignored: it is not known here"));
}

TEST(ToolkitConfig, WhatItCannotBeIsRefusedWithLineAndColumn) {
    const std::pair<const char*, const char*> cases[] = {
        {"disable-require = \"yes\"",
         "f:1:19: disable-require has a value of the wrong type / Give true or false."},
        {"swarm-resource = [\"A\"]",
         "f:1:18: swarm-resource has a value of the wrong type / Give text in quotes."},
        {"[nvidia-container-cli]\nenvironment = \"A=b\"",
         "f:2:15: nvidia-container-cli.environment has a value of the wrong type / Give an array of"
         " text: [\"one\", \"two\"]."},
        {"[nvidia-container-runtime]\nruntimes = [1]",
         "f:2:13: nvidia-container-runtime.runtimes has a value of the wrong type / Give text in"
         " quotes."},
        {"[nvidia-container-cli]\nldconfig = \"/sbin/ldconfig\"",
         "f:2:12: nvidia-container-cli.ldconfig is '/sbin/ldconfig', a program of the container /"
         " Put @ before its path: the host's is run, a container's never."},
        {"supported-driver-capabilities = \"compute,Video\"",
         "f:1:33: supported-driver-capabilities has the unknown capability 'Video' / Give all, or"
         " some of utility, compute, video, graphics, display, ngx and compat32, with commas"
         " between them."},
        {"nvidia-container-cli = 1",
         "accepted: nvidia-container-cli = 1"}, // no key of ours: ignored, as unknown ones are
    };
    for (const auto& [text, refusal] : cases) {
        EXPECT_EQ(refusalOf(text), refusal);
    }
    EXPECT_THAT(refusalOf("disable-require = True"), testing::StartsWith("f:1:19: "));
    EXPECT_THAT(refusalOf("a = 1\na = 2"), testing::StartsWith("f:2:"));
}

TEST(ToolkitConfig, TheFileIsNamedByTheEnvironmentOrLiesInEtc) {
    EXPECT_EQ(toolkitConfigFile({}), "/etc/nvidia-container-runtime/config.toml");
    EXPECT_EQ(toolkitConfigFile({{"XDG_CONFIG_HOME", ""}}),
              "/etc/nvidia-container-runtime/config.toml");
    EXPECT_EQ(toolkitConfigFile({{"XDG_CONFIG_HOME", "/home/a/.config"}}),
              "/home/a/.config/nvidia-container-runtime/config.toml");
    EXPECT_EQ(toolkitConfigFile({{"XDG_CONFIG_HOME", "/home/a/.config"},
                                 {"NVIDIA_CTK_CONFIG_FILE_PATH", "/opt/config.toml"}}),
              "/opt/config.toml");
}

} // namespace
} // namespace toolkit
