#include "loader/previous_driver.h"

#include "host/base/error.h"
#include "tests/unit/module_tree.h"
#include "tests/unit/precompile/sample.h"
#include "tests/unit/recording_node_actions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace loader {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kKernel = tests::sampleIdentity().target.kernel;

/// A node on which a dead instance left the sample's driver, loaded and mounted.
class PreviousDriverTest : public testing::Test {
  protected:
    PreviousDriverTest() {
        node.write("proc/sys/kernel/random/boot_id", "this-boot\n");
        node.write("sys/module/firmware_class/parameters/path", "");
        std::filesystem::create_directories(runDirectory);
        std::filesystem::create_symlink("/", runDirectory / "driver"); // what the root shows
        for (const char* module : {"nvidia", "nvidia_uvm"}) {
            node.write(std::string("sys/module/") + module + "/initstate", "live\n");
            node.write(std::string("sys/module/") + module + "/version", "535.261.03\n");
        }
        actions.mount(runDirectory / "driver");
        last.bootId = "this-boot";
        last.driver = "535.261.03";
        last.phase = Phase::Ready;
        last.package = sample.file.string();
        last.sources = sample.source.directory.string();
        last.modules = {{"nvidia", "NVreg_A=1"}, {"nvidia-uvm", ""}};
        last.daemons = {{"nvidia-persistenced", {999999999, 1}, 0}};
    }
    [[nodiscard]] PreviousDriver previous() { return {runDirectory, last, actions, roots}; }

    tests::Directory node;
    tests::RecordingNodeActions actions{node};
    host::Roots roots = actions.roots();
    std::filesystem::path runDirectory = roots.run / "nvidia";
    tests::SamplePackage sample;
    host::ModuleTree tree = tests::moduleTree();
    NodeState last;
};

TEST_F(PreviousDriverTest, ComesBackAsItWas) {
    PreviousDriver driver = previous();
    ASSERT_EQ(driver.prepare(tree, kKernel), std::nullopt);
    driver.endDaemons();
    driver.removeModules();
    driver.removeRoot();
    EXPECT_THAT(actions.calls, ElementsAre("remove nvidia_uvm", "remove nvidia",
                                           "clone run/nvidia/driver", "detach run/nvidia/driver"));
    actions.calls.clear();
    driver.putBack();
    EXPECT_THAT(actions.calls, ElementsAre("insert from the tree drm", "insert nvidia NVreg_A=1",
                                           "insert nvidia-uvm", "attach run/nvidia/driver",
                                           "set sys/module/firmware_class/parameters/path "
                                           "run/nvidia/driver/lib/firmware",
                                           "write run/nvidia/driverctl/state.json"));
    const auto state = readState(runDirectory);
    ASSERT_TRUE(state);
    EXPECT_EQ(state->phase, Phase::Kept);
    EXPECT_THAT(state->daemons, IsEmpty());
}

TEST_F(PreviousDriverTest, ForeignFirmwarePathIsNotSet) {
    last.foreignFirmwarePath = "/theirs";
    PreviousDriver driver = previous();
    driver.prepare(tree, kKernel);
    driver.putBack();
    EXPECT_THAT(actions.calls, testing::Not(testing::Contains(testing::StartsWith("set "))));
}

/// Why there is no way back is known before anything is removed.
TEST_F(PreviousDriverTest, SaysWhenItCannotComeBack) {
    struct Case {
        const char* what;
        std::function<void()> happens;
        const char* reason;
    };
    const Case cases[] = {
        {"its package is gone", [&] { last.package = "/gone.tar"; }, "/gone.tar"},
        {"another version is loaded", [&] { node.write("sys/module/nvidia/version", "570.1\n"); },
         "not known how it was loaded"},
        {"the record is of another boot", [&] { last.bootId = "other"; },
         "not known how it was loaded"},
    };
    for (const auto& [what, happens, reason] : cases) {
        happens();
        PreviousDriver driver = previous();
        EXPECT_THAT(driver.prepare(tree, kKernel).value_or(""), HasSubstr(reason)) << what;
        EXPECT_THAT(actions.calls, IsEmpty()) << what;
    }
}

TEST_F(PreviousDriverTest, OneThatCannotComeBackIsRemovedAllTheSame) {
    last.bootId = "other";
    PreviousDriver driver = previous();
    driver.removeModules();
    driver.removeRoot();
    driver.putBack();
    EXPECT_THAT(actions.calls,
                ElementsAre("remove nvidia_uvm", "remove nvidia", "detach run/nvidia/driver"));
}

/// The record names files that anybody may have replaced since; a pipe would be waited for.
TEST_F(PreviousDriverTest, APipeInPlaceOfAContainersFileIsRefused) {
    const auto pipe = node.path() / "gpu.json";
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    last.containerFiles = {pipe};
    EXPECT_THAT([&] { static_cast<void>(previous()); },
                testing::ThrowsMessage<host::Error>(HasSubstr("gpu.json is no regular file")));
}

TEST_F(PreviousDriverTest, InUseItIsNotTouched) {
    node.write("sys/module/nvidia/refcnt", "1\n");
    try {
        previous().requireUnused();
        FAIL();
    } catch (const host::Error& error) {
        EXPECT_EQ(error.fault(), host::Fault::InUse);
    }
}

} // namespace
} // namespace loader
