#include "driverctl/container_access.h"

#include "host/base/error.h"
#include "tests/unit/recording_node_actions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

namespace driverctl {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

/// A node with one GPU whose driver is up, played in a directory. Device nodes are links to a
/// character device that every machine has.
class ContainerFilesTest : public testing::Test {
  protected:
    ContainerFilesTest() {
        node.write("proc/driver/nvidia/gpus/0000:01:00.0/information",
                   "Model: \t\t Tesla T4\nGPU UUID: \t GPU-1\nDevice Minor: \t 0\n");
        node.write("proc/driver/nvidia/version", "NVRM version: NVIDIA Kernel Module  535.1.2 x\n");
        node.write("proc/sys/kernel/random/boot_id", "this-boot\n");
        node.write("run/nvidia/driver/usr/lib/x86_64-linux-gnu/libcuda.so.535.1.2", "");
        node.write("run/nvidia/driver/usr/bin/driverctl-hook", "");
        for (const char* name : {"nvidiactl", "nvidia0"}) {
            addNode(name);
        }
    }
    void addNode(const std::string& name) const {
        const auto path = settings.runDir / "driver/dev" / name;
        std::filesystem::create_directories(path.parent_path());
        std::filesystem::create_symlink("/dev/null", path);
    }
    void makeCdiDirectory() const {
        std::filesystem::create_directories(node.path() / "var/run/cdi");
    }
    [[nodiscard]] std::string specification() const {
        return host::readFileIfExists(node.path() / "var/run/cdi/nvidia.com-gpu.json").value_or("");
    }
    tests::Directory node;
    tests::RecordingNodeActions actions{node};
    host::Roots roots = actions.roots();
    loader::LifeSettings settings{.runDir = roots.run / "nvidia", .devRoot = "/dev"};
    /// Whoever comes reads it, but this machine's programs are not asked.
    toolkit::cdi::CdiSettings cdi{.readers = {"podman-4.3"}};
    std::vector<std::string> notes;
    std::vector<std::string> warnings;
    host::Observer observer{
        .note = [this](const std::string& text) { notes.push_back(text); },
        .forgive = [this](const host::Error& error) { warnings.emplace_back(error.what()); }};
    std::filesystem::path inventory = roots.run / "nvidia/driverctl/inventory.json";
};

TEST_F(ContainerFilesTest, AreTheInventoryAndTheSpecification) {
    makeCdiDirectory();
    ContainerFiles files(settings, cdi, actions, observer, roots);
    const auto spec = node.path() / "var/run/cdi/nvidia.com-gpu.json";
    EXPECT_THAT(files.publish(), ElementsAre(inventory, spec));
    EXPECT_THAT(specification(), HasSubstr(R"("name": "GPU-1")"));
    EXPECT_THAT(specification(), HasSubstr((settings.runDir / "driver/dev/nvidia0").string()))
        << "the host sees the nodes below the driver root";
    EXPECT_THAT(host::readFile(inventory), HasSubstr("535.1.2"));
    EXPECT_THAT(notes, ElementsAre("Containers find the GPUs by " + spec.string()));
    EXPECT_THAT(warnings, IsEmpty());
    actions.calls.clear();
    EXPECT_EQ(files.publish(), files.files());
    EXPECT_THAT(actions.calls, IsEmpty()) << "what is the same is not touched";
}

TEST_F(ContainerFilesTest, NobodyAskedForASpecification) {
    for (const char* word : {"auto", "off"}) {
        settings.cdi = word;
        if (settings.cdi == "off") {
            makeCdiDirectory();
        }
        notes.clear();
        EXPECT_THAT(ContainerFiles(settings, cdi, actions, observer, roots).publish(),
                    ElementsAre(inventory));
        EXPECT_EQ(specification(), "");
        EXPECT_EQ(notes.size(), settings.cdi == "auto" ? 1U : 0U);
    }
}

TEST_F(ContainerFilesTest, ADirectoryThatIsNamedIsMade) {
    settings.cdi = node.path() / "etc/cdi";
    EXPECT_THAT(ContainerFiles(settings, cdi, actions, observer, roots).publish(),
                ElementsAre(inventory, node.path() / "etc/cdi/nvidia.com-gpu.json"));
}

TEST_F(ContainerFilesTest, WhatCannotBeWrittenFailsWhenItWasAskedFor) {
    makeCdiDirectory();
    actions.failures["write var/run/cdi/nvidia.com-gpu.json"] = EROFS;
    EXPECT_THAT(ContainerFiles(settings, cdi, actions, observer, roots).publish(), IsEmpty());
    EXPECT_THAT(warnings, ElementsAre(HasSubstr("nvidia.com-gpu.json")));
    EXPECT_FALSE(std::filesystem::exists(inventory)) << "neither half";
    settings.cdi = node.path() / "var/run/cdi";
    try {
        ContainerFiles(settings, cdi, actions, observer, roots).publish();
        FAIL();
    } catch (const host::Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("containers cannot be told of the driver"));
        EXPECT_THAT(error.remedy(), HasSubstr("{cdi}"));
    }
}

TEST_F(ContainerFilesTest, ADriverRootThatIsNotThereIsAWarning) {
    makeCdiDirectory();
    std::filesystem::remove_all(settings.runDir / "driver");
    EXPECT_THAT(ContainerFiles(settings, cdi, actions, observer, roots).publish(), IsEmpty());
    EXPECT_EQ(warnings.size(), 1U);
    EXPECT_EQ(specification(), "");
}

TEST_F(ContainerFilesTest, WithoutTheHookThatTheHostFindsThereAreNoHooks) {
    makeCdiDirectory();
    std::filesystem::remove(settings.runDir / "driver/usr/bin/driverctl-hook");
    ContainerFiles(settings, cdi, actions, observer, roots).publish();
    EXPECT_THAT(specification(), Not(HasSubstr("hooks")));
    EXPECT_THAT(warnings, ElementsAre(HasSubstr("driverctl-hook is neither")));
}

/// As nvidia-cdi-refresh leaves one.
TEST_F(ContainerFilesTest, ASecondFileMakesTheDevicesUnusable) {
    makeCdiDirectory();
    const auto other =
        node.write("var/run/cdi/nvidia.yaml", "cdiVersion: 0.5.0\nkind: nvidia.com/gpu\ndevices:\n"
                                              "- name: 0\n  containerEdits: {env: [A=b]}\n");
    const auto text = "nvidia.com/gpu=0 is in both " +
                      (node.path() / "var/run/cdi/nvidia.com-gpu.json").string() + " and " +
                      other.string() + ": no container can have it";
    loader::NodeState state;
    state.containerFiles = ContainerFiles(settings, cdi, actions, observer, roots).publish();
    EXPECT_THAT(warnings, ElementsAre(text));
    EXPECT_THAT(reasonsNotUsable(state, settings.runDir), ElementsAre(text));
    std::filesystem::remove(other);
    EXPECT_THAT(reasonsNotUsable(state, settings.runDir), IsEmpty());
}

/// As /run/cdi is of /var/run/cdi.
TEST_F(ContainerFilesTest, AnotherNameOfADirectoryIsNoOtherDirectory) {
    makeCdiDirectory();
    std::filesystem::create_directory_symlink("var/run/cdi", node.path() / "cdi");
    settings.cdi = node.path() / "cdi";
    node.write("cdi/nvidia.yaml", "cdiVersion: 0.5.0\nkind: nvidia.com/gpu\ndevices:\n"
                                  "- name: 0\n  containerEdits: {env: [A=b]}\n");
    ContainerFiles(settings, cdi, actions, observer, roots).publish();
    EXPECT_THAT(warnings, ElementsAre("nvidia.com/gpu=0 is in both " +
                                      (node.path() / "cdi/nvidia.com-gpu.json").string() + " and " +
                                      (node.path() / "cdi/nvidia.yaml").string() +
                                      ": no container can have it"));
}

TEST_F(ContainerFilesTest, ADirectoryIsAnAbsolutePath) {
    settings.cdi = "cdi";
    try {
        const ContainerFiles files(settings, cdi, actions, observer, roots);
        FAIL();
    } catch (const host::Error& error) {
        EXPECT_EQ(error.fault(), host::Fault::Usage);
    }
}

TEST_F(ContainerFilesTest, WithoutWatchingNothingIsServed) {
    EXPECT_EQ(ContainerFiles(settings, cdi, actions, observer, roots).fd(), -1);
}

TEST_F(ContainerFilesTest, WhatChangesIsToldAnew) {
    makeCdiDirectory();
    settings.watch = true;
    settings.devRoot = roots.dev;
    node.write("dev/nvidiactl", "");
    // The host sees init's /dev below the driver root.
    const auto seen = settings.runDir / "driver" / roots.dev.relative_path();
    std::filesystem::create_directories(seen.parent_path());
    std::filesystem::create_directory_symlink(settings.runDir / "driver/dev", seen);
    ContainerFiles files(settings, cdi, actions, observer, roots);
    files.publish();
    EXPECT_THAT(specification(), Not(HasSubstr("/dev/nvidia-modeset\"")));
    addNode("nvidia-modeset");
    node.write("dev/nvidia-modeset", "");
    pollfd poll{.fd = files.fd(), .events = POLLIN, .revents = 0};
    for (int i = 0; i < 10 && specification().find("nvidia-modeset") == std::string::npos; ++i) {
        ::poll(&poll, 1, 1000);
        files.serve();
    }
    EXPECT_THAT(specification(), HasSubstr("/dev/nvidia-modeset\""));
    EXPECT_THAT(warnings, IsEmpty());
}

/// A specification is looked at as a container runtime would.
TEST_F(ContainerFilesTest, ContainersCannotUseWhatIsGone) {
    makeCdiDirectory();
    loader::NodeState state;
    state.containerFiles = ContainerFiles(settings, cdi, actions, observer, roots).publish();
    EXPECT_THAT(reasonsNotUsable(state, settings.runDir), IsEmpty());
    std::filesystem::remove(settings.runDir / "driver/dev/nvidia0");
    EXPECT_THAT(reasonsNotUsable(state, settings.runDir),
                ElementsAre(HasSubstr("/driver/dev/nvidia0")));
    node.write("var/run/cdi/nvidia.com-gpu.json", "{");
    EXPECT_THAT(reasonsNotUsable(state, settings.runDir),
                ElementsAre(HasSubstr("nvidia.com-gpu.json")));
    std::filesystem::remove(node.path() / "var/run/cdi/nvidia.com-gpu.json");
    EXPECT_THAT(reasonsNotUsable(state, settings.runDir), IsEmpty()) << "loader says that";
}

} // namespace
} // namespace driverctl
