#include "toolkit/edits/request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace toolkit {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Texts = std::vector<std::string>;

// tests/vectors/environment.json has the rules; these are the corners, and what is said.

const Texts kPrivileged = {"CAP_CHOWN", "CAP_SYS_ADMIN"};
constexpr const char* kMounts = "/var/run/nvidia-container-devices/";

std::string refusalOf(const ContainerParts& container, const ToolkitConfig& config = {}) {
    try {
        readRequest(container, config);
    } catch (const RequestError& error) {
        return std::string(error.what()) + " / " + error.remedy();
    }
    return "granted";
}

Texts devicesOf(const ContainerParts& container, const ToolkitConfig& config = {}) {
    const auto reading = readRequest(container, config);
    return reading.request ? reading.request->devices : Texts{"no GPU container"};
}

TEST(Request, ARefusalNamesWhatWasAskedForAndWhatIsPossible) {
    ToolkitConfig config;
    config.supportedCapabilities = {Capability::Compute, Capability::Video};
    struct Case {
        ContainerParts container;
        const char* refusal;
    };
    const Case cases[] = {
        {{.env = {"NVIDIA_VISIBLE_DEVICES=0, nvidia.com/gpu=1"}},
         "the container asks for 0, nvidia.com/gpu=1: qualified CDI names beside others / Name all"
         " devices as vendor/class=name, or none."},
        {{.env = {"NVIDIA_VISIBLE_DEVICES=all,nvidia.com/gpu=0"}},
         "the container asks for all, nvidia.com/gpu=0: qualified CDI names beside others / Name"
         " all devices as vendor/class=name, or none."},
        {{.env = {"NVIDIA_VISIBLE_DEVICES=nvidia.com/gpu=0,none"}},
         "the container asks for nvidia.com/gpu=0, none: qualified CDI names beside others / Name"
         " all devices as vendor/class=name, or none."},
        {{.annotations = {{"cdi.k8s.io/a", "nvidia.com/gpu=0,1"}}},
         "the container's annotations name nvidia.com/gpu=0, 1: not all are qualified CDI names /"
         " Name devices as nvidia.com/gpu=NAME."},
        {{.env = {"NVIDIA_VISIBLE_DEVICES=all"}, .annotations = {{"cdi.k8s.io/a", "void"}}},
         "the container's annotations name void: not all are qualified CDI names / Name devices as"
         " nvidia.com/gpu=NAME."},
        {{.env = {"NVIDIA_VISIBLE_DEVICES=0", "NVIDIA_DRIVER_CAPABILITIES=compute,foo"}},
         "the container asks for the driver capability 'foo', which does not exist / Set"
         " NVIDIA_DRIVER_CAPABILITIES to some of compute, video, or all."},
        {{.env = {"NVIDIA_VISIBLE_DEVICES=0", "NVIDIA_DRIVER_CAPABILITIES=utility"}},
         "the container asks for the driver capability 'utility', which this node does not give /"
         " Set NVIDIA_DRIVER_CAPABILITIES to some of compute, video, or all."},
        {{.env = {"NVIDIA_VISIBLE_DEVICES=0", "NVIDIA_MIG_MONITOR_DEVICES=all"}},
         "the container asks for NVIDIA_MIG_MONITOR_DEVICES=all, and is not privileged / Give it"
         " CAP_SYS_ADMIN, or take the variable away."},
        {{.env = {"NVIDIA_VISIBLE_DEVICES=0", "NVIDIA_MIG_CONFIG_DEVICES=0:1"},
          .boundingCapabilities = kPrivileged},
         "the container asks for NVIDIA_MIG_CONFIG_DEVICES=0:1: only all is possible / Set"
         " NVIDIA_MIG_CONFIG_DEVICES=all."},
        {{.env = {"NVIDIA_VISIBLE_DEVICES=void,nvidia.com/gpu=0"}}, "granted"}, // left alone
    };
    for (const auto& [container, refusal] : cases) {
        EXPECT_EQ(refusalOf(container, config), refusal);
    }
}

TEST(Request, ANameThatIsOnlyNearlyQualifiedIsNone) {
    for (const std::string name : {"nvidia.com/gpu=", "/gpu=0", "nvidia.com/=0", "nvidia.com=0"}) {
        EXPECT_THAT(devicesOf({.env = {"NVIDIA_VISIBLE_DEVICES=0," + name}}),
                    ElementsAre("0", name));
    }
}

TEST(Request, MountsNameDevicesByWhatLiesBelowTheDirectory) {
    ToolkitConfig config;
    config.acceptVolumeMounts = true;
    const auto mounted = [&](const Texts& destinations) {
        ContainerParts container = {.env = {"NVIDIA_VISIBLE_DEVICES=void"}};
        for (const auto& destination : destinations) {
            container.mounts.push_back({"/dev//null", destination});
        }
        return devicesOf(container, config);
    };
    const std::string base = kMounts;
    EXPECT_THAT(mounted({base + "0", base + "./0/", base + "1"}), ElementsAre("0", "1"));
    EXPECT_THAT(mounted({base + "all"}), ElementsAre("all"));
    EXPECT_THAT(mounted({base + "none"}), IsEmpty());
    for (const auto& none :
         {base, base + "..", base + "../x", base + "void", base + "cdi/nvidia.com/gpu",
          base + "a/b", base + "imex/3", std::string("relative/0"), std::string()}) {
        EXPECT_THAT(mounted({none}), ElementsAre("no GPU container")) << none;
    }
}

TEST(Request, AMountThatNamesNoDeviceIsIgnoredWithAWarning) {
    ToolkitConfig config;
    config.acceptVolumeMounts = true;
    const auto reading =
        readRequest({.mounts = {{"/dev/null", std::string(kMounts) + "cdi/nvidia.com"}}}, config);
    ASSERT_EQ(reading.warnings.size(), 1);
    EXPECT_EQ(reading.warnings[0].kind, RequestWarning::Kind::IgnoredMount);
    EXPECT_EQ(reading.warnings[0].text, "the mount /var/run/nvidia-container-devices/cdi/nvidia.com"
                                        " is ignored: it names no device");
}

TEST(Request, TheEnvironmentOfAnUnprivilegedContainerIsIgnoredByName) {
    ToolkitConfig config;
    config.acceptEnvironmentUnprivileged = false;
    config.swarmResources = {"A", "B", "C"};
    const auto reading = readRequest({.env = {"A=0", "C=1", "NVIDIA_IMEX_CHANNELS=1"}}, config);
    EXPECT_FALSE(reading.request);
    ASSERT_EQ(reading.warnings.size(), 1);
    EXPECT_EQ(reading.warnings[0].text, "A, C of a container without CAP_SYS_ADMIN is ignored, as"
                                        " config.toml wants it");
    const auto annotated = readRequest(
        {.env = {"NVIDIA_IMEX_CHANNELS=1"}, .annotations = {{"cdi.k8s.io/x", "a.b/c=d"}}}, config);
    EXPECT_THAT(annotated.request->devices, ElementsAre("a.b/c=d"));
    EXPECT_THAT(annotated.request->imexChannels, IsEmpty());
    ASSERT_EQ(annotated.warnings.size(), 1);
    EXPECT_THAT(annotated.warnings[0].text, testing::StartsWith("NVIDIA_IMEX_CHANNELS of a "));
    EXPECT_THAT(devicesOf({.env = {"A=0", "C=1"}, .boundingCapabilities = kPrivileged}, config),
                ElementsAre("0", "1"));
}

TEST(Request, AnEmptyVariableOfSwarmCountsBeforeTheUsualOne) {
    ToolkitConfig config;
    config.swarmResources = {"A"};
    EXPECT_THAT(devicesOf({.env = {"A=", "NVIDIA_VISIBLE_DEVICES=all"}}, config),
                ElementsAre("no GPU container"));
    EXPECT_THAT(devicesOf({.env = {"A=void", "CUDA_VERSION=9.0"}}, config),
                ElementsAre("no GPU container"));
    EXPECT_THAT(devicesOf({.env = {"CUDA_VERSION=9.0"}}, config), ElementsAre("all"));
}

TEST(Request, AnnotationsAddUpByKeyEachNameOnce) {
    ToolkitConfig config;
    config.runtime.annotationPrefixes = {"cdi.k8s.io/", "example.com/"};
    EXPECT_THAT(devicesOf({.annotations = {{"example.com/b", "n.com/g=2"},
                                           {"cdi.k8s.io/b", "n.com/g=1, n.com/g=0"},
                                           {"cdi.k8s.io/a", "n.com/g=0,"}}},
                          config),
                ElementsAre("n.com/g=0", "n.com/g=1", "n.com/g=2"));
}

TEST(Request, ImexChannelsAreListedEachOnce) {
    const std::pair<const char*, Texts> cases[] = {
        {"3, 4,3,", {"3", "4"}}, {"", {}}, {"all", {}}, {"none", {}}, {"0,void", {}}, {"0,all", {}},
    };
    for (const auto& [channels, expected] : cases) {
        const auto reading = readRequest({.env = {"NVIDIA_VISIBLE_DEVICES=none",
                                                  std::string("NVIDIA_IMEX_CHANNELS=") + channels}},
                                         {});
        EXPECT_EQ(reading.request->imexChannels, expected) << channels;
    }
}

TEST(Request, WhoMayConfigureOrWatchMigNamesAll) {
    const std::pair<const char*, bool> cases[] = {
        {"all", true}, {" all ,", true}, {"", false}, {" , ", false}};
    for (const auto& [devices, expected] : cases) {
        const auto reading =
            readRequest({.env = {"NVIDIA_VISIBLE_DEVICES=all",
                                 std::string("NVIDIA_MIG_CONFIG_DEVICES=") + devices,
                                 std::string("NVIDIA_MIG_MONITOR_DEVICES=") + devices},
                         .boundingCapabilities = kPrivileged},
                        {});
        EXPECT_EQ(reading.request->migConfig, expected) << devices;
        EXPECT_EQ(reading.request->migMonitor, expected) << devices;
    }
}

TEST(Request, GatedDevicesAreSwitchedOnByOneWord) {
    const auto reading = readRequest(
        {.env = {"NVIDIA_VISIBLE_DEVICES=none", "NVIDIA_GDS=enabled", "NVIDIA_MOFED=Enabled",
                 "NVIDIA_GDRCOPY=1", "NVIDIA_NVSWITCH=enabled"}},
        {});
    EXPECT_EQ(reading.request->gated, (std::set{GatedDevice::Gds, GatedDevice::NvSwitch}));
}

} // namespace
} // namespace toolkit
