#include "toolkit/selinux/container_labels.h"

#include "tests/unit/made_selinux.h"
#include "tests/unit/recording_node_actions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>

namespace toolkit::selinux {
namespace {

using host::SelinuxMode;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr unsigned kAll = ~0U;
constexpr unsigned kRead = 0b111; // getattr, open, read

std::string object(const std::string& type) {
    return "system_u:object_r:" + type + ":s0";
}

/// A policy, and a node that has some labels. By default Debian 13's, as far as it matters.
class ContainerLabels : public testing::Test {
  protected:
    ContainerLabels() {
        made.types = {"container_t", "device_t", "xserver_misc_device_t", "user_home_t"};
        for (const char* type : {"container_file_t", "lib_t", "bin_t"}) {
            made.allow("container_t", type);
        }
        inventory.gpuNodes = {"/dev/nvidia0"};
        inventory.libraries = {{{"/usr/lib/libcuda.so.1", {}}, false, {}}};
        label("/dev/nvidia0", "device_t");
        label("/usr/lib/libcuda.so.1", "lib_t");
    }
    void label(const std::string& path, const std::string& type) { contexts[path] = object(type); }
    [[nodiscard]] LabelStatus look(const WantedTypes& types = {}) const {
        return lookAtLabels(inventory, made.policy(), types, [this](const auto& path) {
            const auto context = contexts.find(path.string());
            if (context == contexts.end()) {
                host::throwErrno("read", path.string(), ENOENT);
            }
            return context->second;
        });
    }
    [[nodiscard]] std::vector<std::string> wanted(const WantedTypes& types = {}) const {
        std::vector<std::string> all;
        for (const PathLabel& path : look(types).paths) {
            all.push_back(path.wanted);
        }
        return all;
    }

    tests::MadeSelinux made;
    Inventory inventory;
    std::map<std::string, std::string> contexts;
};

TEST_F(ContainerLabels, NothingIsAskedWithoutAPolicy) {
    std::filesystem::remove_all(made.directory.path() / "sys");
    const LabelStatus status = look();
    EXPECT_EQ(status.mode, SelinuxMode::Off);
    EXPECT_THAT(status.paths, IsEmpty());
    EXPECT_EQ(obstacle(status), std::nullopt);
}

TEST_F(ContainerLabels, WhatIsDeniedGetsTheTypeThatDoes) {
    const LabelStatus status = look();
    EXPECT_EQ(status.mode, SelinuxMode::Enforcing);
    EXPECT_EQ(status.domain, "container_t");
    EXPECT_THAT(status.paths, ElementsAre(PathLabel{.kind = PathKind::Node,
                                                    .path = "/dev/nvidia0",
                                                    .context = object("device_t"),
                                                    .denied = {"getattr", "open", "read", "write",
                                                               "ioctl", "map"},
                                                    .wanted = object("container_file_t")},
                                          PathLabel{.kind = PathKind::Library,
                                                    .path = "/usr/lib/libcuda.so.1",
                                                    .context = object("lib_t"),
                                                    .denied = {},
                                                    .wanted = ""}));
    const auto found = obstacle(status);
    ASSERT_TRUE(found);
    EXPECT_THAT(found->what(), HasSubstr("(container_t) from /dev/nvidia0, whose type is device_t: "
                                         "they may not getattr, open, read, write, ioctl, map"));
    EXPECT_THAT(found->remedy(), HasSubstr("{command:selinux label}"));
}

TEST_F(ContainerLabels, ATypeIsChosenByWhatThePolicyLetsContainersDo) {
    struct Case {
        const char* name;
        std::vector<std::pair<const char*, unsigned>> rules; ///< type, permissions of container_t
        const char* node;
        const char* wanted;
    };
    for (const auto& [name, rules, node, wantedType] : {
             Case{"the policy's own type is enough",
                  {{"xserver_misc_device_t", kAll}},
                  "device_t",
                  "xserver_misc_device_t"},
             Case{"and stays", {{"xserver_misc_device_t", kAll}}, "xserver_misc_device_t", ""},
             Case{"half of it is not",
                  {{"xserver_misc_device_t", kRead}},
                  "xserver_misc_device_t",
                  "container_file_t"},
             Case{"whatever is usable stays", {{"dri_device_t", kAll}}, "dri_device_t", ""},
             Case{"nothing would do", {{"container_file_t", kRead}}, "device_t", ""},
         }) {
        for (const auto& [type, permissions] : rules) {
            made.allow("container_t", type, permissions);
        }
        label("/dev/nvidia0", node);
        EXPECT_EQ(look().paths.front().wanted, *wantedType == '\0' ? "" : object(wantedType))
            << name;
    }
}

TEST_F(ContainerLabels, FilesGetTheHostsTypesOnlyInItsRoot) {
    inventory.binaries = {{{"/usr/bin/nvidia-smi", {}}, "/usr/bin/nvidia-smi"}};
    label("/usr/bin/nvidia-smi", "user_home_t");
    label("/usr/lib/libcuda.so.1", "user_home_t");
    EXPECT_THAT(wanted(),
                ElementsAre(object("container_file_t"), object("bin_t"), object("lib_t")));
    inventory.driverRoot = "/run/nvidia/driver";
    label("/run/nvidia/driver/usr/bin/nvidia-smi", "user_home_t");
    label("/run/nvidia/driver/usr/lib/libcuda.so.1", "user_home_t");
    EXPECT_THAT(wanted(), ElementsAre(object("container_file_t"), object("container_file_t"),
                                      object("container_file_t")));
}

TEST_F(ContainerLabels, APersonsTypesComeFirst) {
    EXPECT_THAT(wanted({.device = "xserver_misc_device_t", .file = "bin_t"}),
                ElementsAre(object("xserver_misc_device_t"), object("bin_t")));
    EXPECT_THAT(wanted({.device = "device_t", .file = "lib_t"}), ElementsAre("", ""))
        << "they have them";
    try {
        (void)look({.device = "gpu_t"});
        FAIL();
    } catch (const host::Error& error) {
        EXPECT_EQ(error.fault(), host::Fault::Usage);
        EXPECT_THAT(error.what(), HasSubstr("no type 'gpu_t'"));
    }
}

TEST_F(ContainerLabels, ProcIsThePolicys) {
    inventory.migConfig =
        CapabilityNode{.access = "/proc/driver/nvidia/capabilities/mig/config", .node = {}};
    label("/proc/driver/nvidia/capabilities/mig/config", "proc_t");
    EXPECT_EQ(look().paths[1].denied.size(), 3U);
    EXPECT_EQ(look({.file = "lib_t"}).paths[1].wanted, "");
}

TEST_F(ContainerLabels, PathsMayBeGoneOrHaveNoContext) {
    contexts.erase("/dev/nvidia0");
    contexts["/usr/lib/libcuda.so.1"] = "";
    const auto paths = look().paths;
    ASSERT_EQ(paths.size(), 1U);
    EXPECT_EQ(paths[0].denied.size(), 5U);
    EXPECT_EQ(paths[0].wanted, object("lib_t"));
}

TEST_F(ContainerLabels, OlderPoliciesHaveOtherNames) {
    made.types = {"svirt_lxc_net_t", "device_t"};
    made.allow("svirt_lxc_net_t", "svirt_lxc_file_t");
    inventory.libraries.clear();
    const LabelStatus status = look();
    EXPECT_EQ(status.domain, "svirt_lxc_net_t");
    EXPECT_EQ(status.paths.front().wanted, object("svirt_lxc_file_t"));
}

TEST_F(ContainerLabels, APolicyWithoutContainersNeedsNone) {
    made.types = {"device_t"};
    const LabelStatus status = look();
    EXPECT_EQ(status.domain, "");
    EXPECT_THAT(status.paths, IsEmpty());
    EXPECT_EQ(obstacle(status), std::nullopt);
}

TEST_F(ContainerLabels, BooleansAndGpuDomainsAreOtherWays) {
    made.setBoolean("container_use_devices", false);
    made.setBoolean("container_use_xserver_devices", true);
    made.allow("nvidia_container_t", "device_t");
    const LabelStatus status = look();
    EXPECT_THAT(status.booleans,
                ElementsAre(Boolean{.name = "container_use_xserver_devices", .isOn = true},
                            Boolean{.name = "container_use_devices", .isOn = false}));
    EXPECT_EQ(status.gpuDomain, "nvidia_container_t");
    label("/dev/nvidia0", "user_home_t");
    EXPECT_EQ(look().gpuDomain, "") << "it may not use that node";
}

TEST_F(ContainerLabels, PermissiveMachinesHaveNoObstacle) {
    made.enforce("0");
    EXPECT_EQ(look().paths.front().wanted, object("container_file_t"));
    EXPECT_EQ(obstacle(look()), std::nullopt);
}

TEST_F(ContainerLabels, LabellingIsOneChangeAPath) {
    const tests::Directory node;
    tests::RecordingNodeActions actions(node);
    const auto planned = selinux::label(look(), actions, true);
    EXPECT_THAT(actions.calls, IsEmpty());
    const auto changes = selinux::label(look(), actions);
    EXPECT_THAT(actions.calls, ElementsAre("label /dev/nvidia0 " + object("container_file_t")));
    for (const auto& list : {planned, changes}) {
        ASSERT_EQ(list.size(), 1U);
        EXPECT_EQ(list[0].path, "/dev/nvidia0");
        EXPECT_EQ(list[0].from, object("device_t"));
        EXPECT_EQ(list[0].to, object("container_file_t"));
        EXPECT_FALSE(list[0].refusal);
    }
    label("/dev/nvidia0", "container_file_t");
    EXPECT_THAT(selinux::label(look(), actions), IsEmpty());
}

TEST_F(ContainerLabels, ARefusalHasARemedyAndStopsNothing) {
    label("/usr/lib/libcuda.so.1", "user_home_t");
    for (const auto& [error, remedy] : {std::pair{EROFS, "-o context="},
                                        {EOPNOTSUPP, "-o context="},
                                        {EPERM, "privileged"},
                                        {EIO, ""}}) {
        const tests::Directory node;
        tests::RecordingNodeActions actions(node);
        actions.failures["label /dev/nvidia0 " + object("container_file_t")] = error;
        const auto changes = selinux::label(look(), actions);
        ASSERT_EQ(changes.size(), 2U);
        ASSERT_TRUE(changes[0].refusal);
        EXPECT_THAT(changes[0].refusal->remedy(), HasSubstr(remedy));
        EXPECT_FALSE(changes[1].refusal);
    }
}

} // namespace
} // namespace toolkit::selinux
