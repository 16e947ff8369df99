#include "toolkit/rootless/command_line.h"

#include "tests/unit/toolkit/rootless/rootless_facts.h"

#include <functional>
#include <gtest/gtest.h>

namespace toolkit::rootless {
namespace {

void noSpecification(Facts& facts) {
    facts.specifications = {};
}

void nvidiaRuntime(Facts& facts) {
    facts.podman.nvidia = {
        .name = "nvidia", .program = "/usr/bin/nvidia-container-runtime", .isThere = true};
    facts.podman.next = "/usr/bin/crun";
}

void onWithRunc(Facts& facts) {
    facts.podman.next = "/usr/sbin/runc";
}

void hooks(Facts& facts) {
    facts.podman.hooks = {{.path = "/usr/share/containers/oci/hooks.d"}};
}

void configuredHooks(Facts& facts) {
    facts.podman.hooks = {{.path = "/etc/containers/oci/hooks.d", .isConfigured = true}};
}

void groupVideo(Facts& facts) {
    facts.nodes = {tests::node("/dev/nvidia0", 0660, tests::kVideo)};
    facts.user.groups.push_back(tests::kVideo);
}

void runc(Facts& facts) {
    facts.podman.runtime = {.name = "runc", .program = "/usr/sbin/runc", .isThere = true};
}

void selinux(Facts& facts) {
    facts.selinuxObstacle = host::Error("SELinux keeps containers from the nodes");
}

struct Case {
    std::vector<void (*)(Facts&)> changes;
    const char* command;
};

const Case kCases[] = {
    {{}, "podman run --rm --device nvidia.com/gpu=all IMAGE nvidia-smi"},
    {{nvidiaRuntime, hooks}, "podman run --rm --device nvidia.com/gpu=all IMAGE nvidia-smi"},
    {{noSpecification, nvidiaRuntime, hooks},
     "podman --runtime nvidia run --rm --env=NVIDIA_VISIBLE_DEVICES=all IMAGE nvidia-smi"},
    {{noSpecification, hooks},
     "podman run --rm --hooks-dir=/usr/share/containers/oci/hooks.d "
     "--env=NVIDIA_VISIBLE_DEVICES=all IMAGE nvidia-smi"},
    {{noSpecification, configuredHooks},
     "podman run --rm --env=NVIDIA_VISIBLE_DEVICES=all IMAGE nvidia-smi"},
    {{groupVideo},
     "podman run --rm --device nvidia.com/gpu=all --group-add keep-groups IMAGE nvidia-smi"},
    {{groupVideo, runc},
     "podman --runtime crun run --rm --device nvidia.com/gpu=all --group-add keep-groups IMAGE "
     "nvidia-smi"},
    {{groupVideo, noSpecification, nvidiaRuntime},
     "podman --runtime nvidia run --rm --env=NVIDIA_VISIBLE_DEVICES=all IMAGE nvidia-smi"},
    {{groupVideo, noSpecification, nvidiaRuntime, onWithRunc}, nullptr},
    {{runc}, "podman run --rm --device nvidia.com/gpu=all IMAGE nvidia-smi"},
    {{selinux},
     "podman run --rm --device nvidia.com/gpu=all --security-opt=label=disable IMAGE nvidia-smi"},
    {{noSpecification}, nullptr},
};

TEST(RootlessCommandLine, IsTheOneThatWorks) {
    for (const auto& [changes, command] : kCases) {
        auto facts = tests::goodFacts();
        for (const auto& change : changes) {
            change(facts);
        }
        EXPECT_EQ(commandLine(facts),
                  command == nullptr ? std::nullopt : std::optional<std::string>(command));
    }
}

TEST(RootlessCommandLine, NamesADeviceThatIsThere) {
    auto facts = tests::goodFacts();
    facts.specifications.devices[0].name = "nvidia.com/gpu=GPU-1";
    EXPECT_EQ(usableDevice(facts), "nvidia.com/gpu=GPU-1");
    facts.specifications.devices[0].state = cdi::DeviceState::Ambiguous;
    EXPECT_EQ(usableDevice(facts), std::nullopt);
}

TEST(RootlessCommandLine, NamesNoDeviceOfAFileThatIsOfAnotherBoot) {
    auto facts = tests::goodFacts();
    facts.specifications.files[0].stale = {"/dev/nvidia7 is missing"};
    EXPECT_EQ(usableDevice(facts), std::nullopt);
}

} // namespace
} // namespace toolkit::rootless
