#include "toolkit/edits/requested_edits.h"

#include "tests/unit/toolkit/edits/sample.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <random>

namespace toolkit {
namespace {

using testing::ElementsAre;
using Texts = std::vector<std::string>;

constexpr const char* kHook = "/bin/driverctl-hook";

Request requestFor(Texts devices) {
    Request request;
    request.devices = std::move(devices);
    request.capabilities = {Capability::Utility};
    return request;
}

/// The names of the nodes beside nvidiactl.
Texts nodesFor(const Request& request) {
    Texts nodes;
    for (const auto& node : requestedEdits(tests::sampleInventory(), request, kHook).deviceNodes) {
        if (node.path != "/dev/nvidiactl") {
            nodes.push_back(node.path.filename());
        }
    }
    return nodes;
}

std::string refusalOf(const Request& request) {
    try {
        requestedEdits(tests::sampleInventory(), request, kHook);
    } catch (const host::Error& error) {
        return std::string(error.what()) + " / " + error.remedy();
    }
    return "granted";
}

TEST(RequestedEdits, AreTheDriversAndThoseOfEachDevice) {
    EXPECT_THAT(nodesFor(requestFor({})), ElementsAre());
    EXPECT_THAT(nodesFor(requestFor({"1", "0", "1"})), ElementsAre("nvidia0", "nvidia1"));
    EXPECT_THAT(nodesFor(requestFor({"2:0", "2:1"})),
                ElementsAre("nvidia2", "nvidia-cap3", "nvidia-cap4", "nvidia-cap5", "nvidia-cap6"));
    EXPECT_THAT(nodesFor(requestFor({"all"})),
                ElementsAre("nvidia1", "nvidia0", "nvidia2", "nvidia-cap3", "nvidia-cap4",
                            "nvidia-cap5", "nvidia-cap6"));
    Request request = requestFor({"0"});
    request.imexChannels = {"3"};
    request.migConfig = true;
    request.migMonitor = true;
    EXPECT_THAT(nodesFor(request),
                ElementsAre("nvidia1", "channel3", "nvidia-cap1", "nvidia-cap2"));
    request.capabilities = {Capability::Graphics};
    EXPECT_THAT(nodesFor(request), ElementsAre("nvidia-modeset", "nvidia1", "card1", "renderD128",
                                               "channel3", "nvidia-cap1", "nvidia-cap2"));
}

TEST(RequestedEdits, ARequirementThatIsNotMetIsNamedWithTheDriversValue) {
    Request request = requestFor({"1"});
    request.requirements = {"cuda>=12.2", "arch>=9.0 cuda>=13.0"};
    EXPECT_EQ(refusalOf(request),
              "the image requires 'arch>=9.0 cuda>=13.0', which does not hold:"
              " arch>=9.0, but arch of GPU 1 is 8.0; cuda>=13.0, but cuda is 12.2"
              " / Update the driver, use an image for an older one, or set"
              " NVIDIA_DISABLE_REQUIRE=1.");
    request.devices = {"2:1"}; // the GPU of a MIG device counts
    EXPECT_EQ(refusalOf(request), "granted");
}

TEST(RequestedEdits, NamesOfNothingAreRefused) {
    EXPECT_THAT(refusalOf(requestFor({"3"})),
                testing::StartsWith("there is no GPU or MIG device '3': there are 0 (GPU-1"));
    EXPECT_THAT(refusalOf(requestFor({"nvidia.com/gpu=0"})),
                testing::StartsWith("there is no GPU or MIG device 'nvidia.com/gpu=0'"));
}

/// An inventory and a request, each of anything, by a seed.
class CaseMaker {
  public:
    explicit CaseMaker(unsigned seed) : random_(seed) {}

    Inventory inventory() {
        Inventory inventory = tests::sampleInventory();
        inventory.driverRoot = any<std::filesystem::path>({"/", "/run/nvidia/driver", "/a/../b/"});
        inventory.devRoot = any<std::filesystem::path>({"/", "/run/nvidia/driver"});
        for (int i = 0; i < 8; ++i) {
            inventory.binaries.push_back({{path(), Capability::Utility}, path()});
            inventory.libraries.push_back({{path(), Capability::Compute}, false, {{path(), "x"}}});
            inventory.configFiles.push_back({path(), path()});
            inventory.firmware.push_back(path());
            inventory.sockets.push_back({path(), std::nullopt});
        }
        return inventory;
    }

    Request request() {
        Request request;
        for (unsigned i = random_() % 4; i > 0; --i) {
            request.devices.push_back(any<std::string>(
                {"all", "none", "0", "1", "2", "2:1", "GPU-22222222-aaaa-4bbb-8ccc-000000000002"}));
        }
        for (const Capability capability : kCapabilities) {
            if (random_() % 2 == 0) {
                request.capabilities.insert(capability);
            }
        }
        return request;
    }

  private:
    template <typename Value>
    Value any(std::initializer_list<const char*> values) {
        return Value(*(values.begin() + random_() % values.size()));
    }

    std::filesystem::path path() {
        std::string path;
        for (unsigned i = 1 + random_() % 5; i > 0; --i) {
            path += "/" + any<std::string>({"..", ".", "", "usr", "etc", "libcuda.so.1", "a b"});
        }
        return path + "/" + std::to_string(random_() % 100);
    }

    std::mt19937 random_;
};

bool isNormal(const std::filesystem::path& path) {
    return path.is_absolute() && path == path.lexically_normal() && path.has_filename() &&
           path != "/";
}

TEST(RequestedEdits, WhateverIsAskedForSourcesAreInTheRootAndTargetsInTheContainer) {
    for (unsigned seed = 0; seed < 250; ++seed) {
        CaseMaker make(seed);
        const Inventory inventory = make.inventory();
        const auto edits = requestedEdits(inventory, make.request(), kHook);
        const std::string root = (inventory.driverRoot / "").lexically_normal();
        std::set<std::filesystem::path> targets;
        for (const auto& mount : edits.mounts) {
            ASSERT_TRUE(isNormal(mount.containerPath)) << mount.containerPath;
            ASSERT_TRUE(isNormal(mount.hostPath)) << mount.hostPath;
            ASSERT_TRUE(mount.hostPath.native().starts_with(root)) << mount.hostPath;
            ASSERT_TRUE(targets.insert(mount.containerPath).second) << mount.containerPath;
        }
        for (const auto& node : edits.deviceNodes) {
            ASSERT_TRUE(isNormal(node.path)) << node.path;
            ASSERT_EQ(node.hostPath.empty(), inventory.devRoot == "/");
        }
        for (const auto& hook : edits.hooks) {
            ASSERT_FALSE(hook.env.empty());
            ASSERT_TRUE(isNormal(hook.path));
        }
    }
}

} // namespace
} // namespace toolkit
