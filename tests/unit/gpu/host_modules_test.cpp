#include "gpu/host_modules.h"

#include "host/base/error.h"
#include "tests/unit/module_tree.h"
#include "tests/unit/recording_node_actions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gpu {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// A host with a GPU and a module tree, in which drm is built in.
class HostModulesTest : public testing::Test {
  protected:
    HostModulesTest() {
        node.write("sys/bus/pci/devices/0000:01:00.0/vendor", "0x10de\n");
        node.write("sys/bus/pci/devices/0000:01:00.0/device", "0x2330\n");
        node.write("sys/bus/pci/devices/0000:01:00.0/class", "0x030200\n");
    }
    void require(std::vector<std::string> modules, host::ModuleTree* from) {
        requireModules(modules, from, actions, roots);
    }
    host::Error refusal(std::vector<std::string> modules, host::ModuleTree* from) {
        try {
            require(std::move(modules), from);
        } catch (const host::Error& error) {
            return error;
        }
        ADD_FAILURE() << "not refused";
        return host::Error("");
    }
    tests::Directory node;
    tests::RecordingNodeActions actions{node};
    host::Roots roots = actions.roots();
    host::ModuleTree tree = tests::moduleTree();
};

TEST_F(HostModulesTest, WhatIsLoadedStays) {
    node.write("sys/module/nvidia_uvm/initstate", "live\n");
    node.write("proc/devices", "Character devices:\n195 nvidia-frontend\n");
    require({"nvidia", "nvidia-uvm"}, &tree);
    EXPECT_THAT(actions.calls, IsEmpty());
}

TEST_F(HostModulesTest, WhatTheTreeHasIsLoaded) {
    require({"drm"}, &tree);
    EXPECT_THAT(actions.calls, ElementsAre("insert from the tree drm"));
}

TEST_F(HostModulesTest, WhatNobodyHasIsSaid) {
    EXPECT_THAT(refusal({"drm"}, nullptr).what(), HasSubstr("module drm is not loaded"));
    const auto error = refusal({"nvidia"}, &tree);
    EXPECT_STREQ(error.what(), "module nvidia is not loaded, and the host's own modules have none");
    EXPECT_EQ(error.remedy(), "Load the driver with {command:init}.");
    EXPECT_EQ(error.fault(), host::Fault::Failed);
    EXPECT_THAT(actions.calls, IsEmpty());
}

TEST_F(HostModulesTest, WithoutADeviceNothingIsLoaded) {
    std::filesystem::remove_all(roots.sys / "bus");
    EXPECT_EQ(refusal({"drm"}, &tree).fault(), host::Fault::NoGpu);
    EXPECT_THAT(actions.calls, IsEmpty());
}

TEST_F(HostModulesTest, ADirectoryWithoutModulesIsNoTree) {
    EXPECT_FALSE(openModuleTree(node.path()));
    EXPECT_TRUE(openModuleTree(tests::moduleTreeDirectory()));
}

} // namespace
} // namespace gpu
