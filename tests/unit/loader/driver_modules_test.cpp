#include "loader/driver_modules.h"

#include "loader/checks/module_signing.h"
#include "tests/unit/module_tree.h"
#include "tests/unit/precompile/sample.h"
#include "tests/unit/recording_node_actions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace loader {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class DriverModulesTest : public testing::Test {
  protected:
    DriverModules make(const std::string& vermagic = "",
                       const std::string& kernelRelease = "6.12.102-flatcar") {
        const precompile::Package package(sample.file);
        return {
            {.package = package,
             .sources = sample.source.directory,
             .parameters =
                 [](const std::string& module) { return module == "nvidia" ? "NVreg_A=1" : ""; },
             .vermagic = vermagic,
             .kernel = kernelRelease,
             .roots = actions.roots()},
            actions};
    }

    tests::SamplePackage sample;
    tests::Directory node;
    tests::RecordingNodeActions actions{node};
};

TEST_F(DriverModulesTest, NothingIsTouchedBeforeLoad) {
    make().restore();
    EXPECT_THAT(actions.calls, IsEmpty());
}

TEST_F(DriverModulesTest, AnotherKernelIsRefusedBeforeAnythingIsTouched) {
    for (const auto& [vermagic, release] :
         {std::pair{"", "6.12.103-flatcar"},
          std::pair{"6.12.102-flatcar SMP preempt", "6.12.102-flatcar"}}) {
        try {
            make(vermagic, release).restore();
            ADD_FAILURE() << "accepted";
        } catch (const host::Error& error) {
            EXPECT_EQ(error.fault(), host::Fault::NotLoadable);
            EXPECT_THAT(error.what(), HasSubstr("'6.12.102-flatcar SMP'"));
        }
    }
    EXPECT_THAT(actions.calls, IsEmpty());
}

TEST_F(DriverModulesTest, LoadsInOrderWithParametersAndUnloadsInReverse) {
    DriverModules modules = make();
    host::ModuleTree tree = tests::moduleTree();
    modules.load(tree);
    modules.unload();
    EXPECT_THAT(actions.calls,
                ElementsAre("insert from the tree drm", "insert nvidia NVreg_A=1",
                            "insert nvidia-uvm", "remove nvidia_uvm", "remove nvidia"));
}

TEST_F(DriverModulesTest, RefusedRemovalPutsTheRemovedBack) {
    DriverModules modules = make();
    node.write("sys/module/nvidia/initstate", "live\n");
    node.write("sys/module/nvidia_uvm/initstate", "live\n");
    actions.failures["remove nvidia"] = EWOULDBLOCK;
    try {
        modules.unload();
        FAIL();
    } catch (const host::Error& error) {
        EXPECT_EQ(error.fault(), host::Fault::InUse);
    }
    EXPECT_THAT(actions.calls,
                ElementsAre("remove nvidia_uvm", "remove nvidia", "insert nvidia-uvm"));
}

TEST(ExplainInsertion, MapsErrorsToFaultsAndQuotesTheKernel) {
    const auto error = explainInsertion(
        "nvidia", ENOEXEC, {"usb 1-1: new device", "nvidia: version magic 'x' should be 'y'"}, {});
    EXPECT_EQ(error.fault(), host::Fault::NotLoadable);
    EXPECT_THAT(error.what(),
                HasSubstr("the kernel says: nvidia: version magic 'x' should be 'y'"));
    EXPECT_THAT(error.what(), testing::Not(HasSubstr("usb")));
    EXPECT_FALSE(error.remedy().empty());
    EXPECT_EQ(explainInsertion("nvidia", ENODEV, {}, {}).fault(), host::Fault::NoGpu);
    for (const int code : {ENOKEY, EKEYREJECTED, EPERM, ENOENT, EINVAL}) {
        EXPECT_EQ(explainInsertion("nvidia", code, {}, {}).fault(), host::Fault::NotLoadable)
            << code;
    }
    SigningFacts flatcar{.config = host::parseKernelConfig("CONFIG_MODULE_SIG=y", "f")};
    EXPECT_THAT(explainInsertion("nvidia", EKEYREJECTED, {}, flatcar).remedy(),
                HasSubstr("neither mokutil nor the firmware's db helps"));
    EXPECT_EQ(explainInsertion("nvidia", EIO, {}, {}).fault(), host::Fault::Failed);
}

} // namespace
} // namespace loader
