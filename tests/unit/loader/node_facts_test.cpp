#include "loader/node_facts.h"

#include "host/base/error.h"
#include "host/crypto/digest.h"
#include "tests/unit/precompile/sample.h"
#include "tests/unit/recording_node_actions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace loader {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// A node with one GPU that nobody holds, and no driver.
class NodeFactsTest : public testing::Test {
  protected:
    NodeFactsTest() {
        node.write("proc/sys/kernel/random/boot_id", "this-boot\n");
        gpu("0x1eb8");
    }
    void gpu(const std::string& device, const std::string& driver = "") const {
        const std::filesystem::path directory = "sys/bus/pci/devices/0000:01:00.0";
        node.write(directory / "vendor", "0x10de\n");
        node.write(directory / "device", device + "\n");
        node.write(directory / "class", "0x030200\n");
        if (!driver.empty()) {
            std::filesystem::create_symlink("../../drivers/" + driver,
                                            node.path() / directory / "driver");
        }
    }
    [[nodiscard]] Node look() {
        return lookAtNode(settings, tests::sampleIdentity(), actions, observer, roots);
    }
    [[nodiscard]] Decision decision() {
        return decide(look().facts, {.offer = Offer::AtHand, .reloadReasons = {"x"}});
    }
    tests::Directory node;
    tests::RecordingNodeActions actions{node};
    host::Roots roots = actions.roots();
    LifeSettings settings{.runDir = roots.run / "nvidia"};
    std::vector<std::string> told;
    host::Observer observer{.stage = [this](const std::string& work) { told.push_back(work); },
                            .warn = [this](const std::string& text) { told.push_back(text); }};
};

TEST_F(NodeFactsTest, AFreeGpuIsLoadedFor) {
    EXPECT_EQ(decision().action, Action::Load);
    EXPECT_THAT(actions.calls, IsEmpty()) << "it only looks";
}

TEST_F(NodeFactsTest, RdmaWithoutItsNetworkDeviceIsAWarning) {
    settings.gpuDirectRdma = true;
    const auto decided = decision();
    EXPECT_EQ(decided.action, Action::Load);
    EXPECT_THAT(decided.warnings, Contains(testing::Field(
                                      &Finding::text, HasSubstr("nvidia-peermem is not loaded"))));
}

TEST_F(NodeFactsTest, ContainersThatCompileAgainstTheDriverNeedItsSources) {
    settings.gdrCopy = true;
    const auto needsSources =
        Contains(testing::Field(&Finding::text, HasSubstr("this image has none in /usr/src")));
    EXPECT_THAT(decision().warnings, needsSources);
    node.write("usr/src/nvidia-535.261.03/kernel/nvidia/nv-p2p.h", "");
    EXPECT_THAT(decision().warnings, testing::Not(needsSources));
}

/// Also where the loaded driver is adopted, because its parameters are as they were.
TEST_F(NodeFactsTest, AParameterFileOfAWrongNameIsAWarning) {
    node.write("drivers/nvidia_uvm.conf", "a=1\n");
    settings.parameterDir = node.path() / "drivers";
    const auto adopted = decide(look().facts, {.offer = Offer::AtHand});
    EXPECT_EQ(adopted.action, Action::Adopt);
    EXPECT_THAT(adopted.warnings, Contains(testing::Field(
                                      &Finding::text, HasSubstr("nobody reads nvidia_uvm.conf"))));
}

/// What is found on the node decides: the fault that init ends with.
TEST_F(NodeFactsTest, WhatIsFoundDecides) {
    struct Case {
        const char* what;
        std::function<void()> happens;
        host::Fault refusal;
        const char* objection;
    };
    const Case cases[] = {
        {"nouveau has the GPU", [&] { gpu("0x1eb8", "nouveau"); }, host::Fault::NotLoadable,
         "is bound to nouveau"},
        {"only the open modules know the GPU", [&] { gpu("0x2b85"); }, host::Fault::NotLoadable,
         "does not work with the proprietary kernel modules"},
        {"modules cannot be removed", [&] { actions.access.remove = EPERM; },
         host::Fault::NotLoadable, "load or remove no modules"},
        {"a loaded driver is used",
         [&] {
             node.write("sys/module/nvidia/initstate", "live\n");
             node.write("sys/module/nvidia/refcnt", "1\n");
         },
         host::Fault::InUse, "nvidia has 1 references"},
    };
    for (const auto& [what, happens, refusal, objection] : cases) {
        std::filesystem::remove_all(roots.sys);
        actions.access = {};
        gpu("0x1eb8");
        happens();
        const Decision made = decision();
        EXPECT_EQ(made.refusal, refusal) << what;
        EXPECT_THAT(made.objections, Contains(HasSubstr(objection))) << what;
    }
}

TEST_F(NodeFactsTest, NouveausGpuMayBeTaken) {
    gpu("0x1eb8", "nouveau");
    settings.unbindNouveau = true;
    EXPECT_EQ(decision().action, Action::Load);
}

TEST_F(NodeFactsTest, EndsBeforeItDecides) {
    actions.mounts.clear();
    node.write("proc/self/mountinfo", "1 0 0:1 / / rw - tmpfs tmpfs rw\n");
    EXPECT_THAT([&] { static_cast<void>(look()); },
                testing::ThrowsMessage<host::Error>(HasSubstr("not shared with the host")));
    std::filesystem::remove_all(roots.sys);
    EXPECT_THAT([&] { static_cast<void>(look()); },
                testing::ThrowsMessage<host::Error>(HasSubstr("no NVIDIA device")));
}

TEST_F(NodeFactsTest, DamagedRecordIsAWarningAndCountsAsNone) {
    node.write("run/nvidia/driverctl/state.json", "{");
    EXPECT_FALSE(look().last);
    EXPECT_THAT(told, ElementsAre(HasSubstr("it counts as none")));
}

/// A package's modules are restored, which takes a while and is told, unless they are loaded.
TEST_F(NodeFactsTest, PackageIsRestoredUnlessItIsLoaded) {
    tests::SamplePackage sample;
    const precompile::Package package(sample.file);
    DriverModules modules({.package = package,
                           .sources = sample.source.directory,
                           .parameters = [](const std::string&) { return ""; },
                           .kernel = tests::sampleIdentity().target.kernel,
                           .roots = roots},
                          actions);
    lookAtPackage(settings, look(), package, modules, observer, roots);
    EXPECT_THAT(told, ElementsAre("Installing NVIDIA driver kernel modules",
                                  "Re-linking NVIDIA driver kernel modules"));
    told.clear();
    NodeState last{.bootId = "this-boot", .phase = Phase::Kept};
    last.packageSha256 = host::digestOfFile(package.file());
    writeState(actions, settings.runDir, last);
    for (const auto& module : modules.modules()) {
        actions.insertModule(-1, "", module.entry.name);
    }
    const auto facts = lookAtPackage(settings, look(), package, modules, observer, roots);
    EXPECT_THAT(facts.reloadReasons, IsEmpty());
    EXPECT_THAT(told, IsEmpty());
}

} // namespace
} // namespace loader
