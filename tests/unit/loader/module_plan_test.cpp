#include "loader/module_plan.h"

#include "host/base/error.h"

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

TEST(ModulePlan, PeermemIsLoadedOnRequestOnly) {
    precompile::Manifest manifest;
    manifest.modules = {entry("nvidia", {}), entry("nvidia-peermem", {"ib_core"})};
    EXPECT_EQ(modulesToLoad(manifest, false).size(), 1U);
    EXPECT_EQ(modulesToLoad(manifest, true).size(), 2U);
    manifest.modules.pop_back();
    EXPECT_THROW(modulesToLoad(manifest, true), host::Error);
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
