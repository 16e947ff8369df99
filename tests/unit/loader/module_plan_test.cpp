#include "loader/module_plan.h"

#include "host/base/error.h"
#include "tests/unit/temporary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace loader {
namespace {

using testing::Contains;
using testing::ElementsAre;

precompile::ModuleEntry entry(const std::string& name, std::vector<std::string> depends) {
    precompile::ModuleEntry module;
    module.name = name;
    module.depends = std::move(depends);
    return module;
}

std::vector<std::string> names(const std::vector<precompile::ModuleEntry>& modules) {
    std::vector<std::string> names;
    for (const auto& module : modules) {
        names.push_back(module.name);
    }
    return names;
}

TEST(ModulePlan, NotEverythingIsLoaded) {
    precompile::Manifest manifest;
    manifest.modules = {entry("nvidia", {}), entry("nvidia-drm", {}),
                        entry("nvidia-peermem", {"ib_core"})};
    EXPECT_THAT(names(modulesToLoad(manifest, {})), ElementsAre("nvidia", "nvidia-drm"));
    EXPECT_THAT(names(modulesToLoad(manifest, {.peerMemory = true, .drm = false})),
                ElementsAre("nvidia", "nvidia-peermem"));
    manifest.modules.pop_back();
    EXPECT_THROW(modulesToLoad(manifest, {.peerMemory = true}), host::Error);
}

TEST(ModuleWishes, AreWhatSettingsAndNodeSay) {
    const tests::Directory without;
    const tests::Directory with;
    for (const auto& [file, value] :
         {std::pair{"vendor", "0x15b3"}, {"device", "0x1021"}, {"class", "0x020700"}}) {
        with.write(std::string("bus/pci/devices/0000:03:00.0/") + file, value);
    }
    const struct {
        LifeSettings settings;
        const tests::Directory& sys;
        ModuleWishes wishes;
    } cases[] = {
        {{}, with, {.peerMemory = false, .drm = true}},
        {{.gpuDirectRdma = true}, with, {.peerMemory = true, .drm = true}},
        {{.gpuDirectRdma = true}, without, {.peerMemory = false, .drm = true}},
        {{.configDigest = "d"}, with, {.peerMemory = false, .drm = false}},
        {{.drm = Drm::On, .configDigest = "d"}, with, {.peerMemory = false, .drm = true}},
        {{.drm = Drm::Off}, with, {.peerMemory = false, .drm = false}},
    };
    for (const auto& test : cases) {
        EXPECT_EQ(moduleWishes(test.settings, {.sys = test.sys.path()}), test.wishes);
    }
}

TEST(ModuleWishes, OfAnInitAreWhatItHasLoaded) {
    NodeState state;
    state.modules = {{"nvidia", ""}, {"nvidia-peermem", ""}};
    EXPECT_EQ(moduleWishes(state), (ModuleWishes{.peerMemory = true, .drm = false}));
}

TEST(ModulePlan, PrerequisitesAreWhatThePackageDoesNotHold) {
    const auto result =
        prerequisitesOf({entry("nvidia", {"drm"}), entry("nvidia-modeset", {"nvidia", "video"}),
                         entry("nvidia-drm", {"drm", "drm_kms_helper", "nvidia-modeset"})});
    EXPECT_THAT(result.required, ElementsAre("drm", "video", "drm_kms_helper"));
    EXPECT_THAT(result.optional, Contains("ipmi_devintf"));
}

} // namespace
} // namespace loader
