#include "loader/adoption.h"

#include "tests/unit/temporary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace loader {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class AdoptionTest : public testing::Test {
  protected:
    AdoptionTest() {
        modules.push_back({});
        modules[0].entry.name = "nvidia-drm";
        modules[0].entry.sourceVersion = "ABC";
        modules[0].parameters = "modeset=1 NVreg_DeviceFileMode=0x1b0";
        proc.write("sys/kernel/random/boot_id", "this-boot\n");
        proc.write("driver/nvidia/params", "DeviceFileMode: 432\nOther: 1\n");
        sys.write("module/nvidia_drm/initstate", "live\n");
        sys.write("module/nvidia_drm/version", "535.1\n");
        sys.write("module/nvidia_drm/srcversion", "ABC\n");
        sys.write("module/nvidia_drm/parameters/modeset", "Y\n");
        last.bootId = "this-boot";
        last.phase = Phase::Ready;
        last.packageSha256 = "p";
        last.configDigest = "d";
        last.modules = {{"nvidia-drm", modules[0].parameters}};
    }
    [[nodiscard]] std::vector<std::string> reasons() const {
        return reasonsToReload({"535.1", "p", "d", modules}, last, {proc.path(), sys.path()});
    }
    tests::Directory proc;
    tests::Directory sys;
    std::vector<DriverModules::Module> modules;
    NodeState last;
};

TEST_F(AdoptionTest, SamePackageParametersAndDigestCanBeAdopted) {
    EXPECT_THAT(reasons(), IsEmpty());
    last.phase = Phase::Kept;
    EXPECT_THAT(reasons(), IsEmpty());
}

TEST_F(AdoptionTest, WhatIsRecordedHasToFit) {
    last.packageSha256 = "q";
    last.configDigest = "e";
    last.modules[0].parameters = "modeset=0";
    EXPECT_THAT(reasons(), ElementsAre(HasSubstr("another package"), HasSubstr("digest was 'e'"),
                                       HasSubstr("parameters 'modeset=0'")));
}

TEST_F(AdoptionTest, RecordOfAnotherBootIsNone) {
    last.bootId = "other";
    EXPECT_THAT(reasons(), ElementsAre(HasSubstr("nothing is known")));
    EXPECT_THAT(
        reasonsToReload({"535.1", "p", "d", modules}, std::nullopt, {proc.path(), sys.path()}),
        ElementsAre(HasSubstr("nothing is known")));
}

/// The record is written before the previous driver goes: cut short there, it describes a plan.
TEST_F(AdoptionTest, StartThatWasCutShortCountsOnceTheModulesWereLoaded) {
    last.phase = Phase::Starting;
    last.steps = {{"load the kernel modules", 0, 0, "running"}};
    EXPECT_THAT(reasons(), ElementsAre(HasSubstr("nothing is known")));
    last.steps[0].result = "done";
    EXPECT_THAT(reasons(), IsEmpty());
}

TEST_F(AdoptionTest, WhatTheKernelSaysHasToFit) {
    sys.write("module/nvidia_drm/parameters/modeset", "N\n");
    proc.write("driver/nvidia/params", "DeviceFileMode: 438\n");
    sys.write("module/nvidia_drm/srcversion", "DEF\n");
    EXPECT_THAT(reasons(),
                ElementsAre(HasSubstr("srcversion DEF"), HasSubstr("modeset=N, wanted is 1"),
                            HasSubstr("NVreg_DeviceFileMode=438, wanted is 0x1b0")));
    sys.write("module/nvidia_drm/version", "550.2\n");
    EXPECT_THAT(reasons(), Contains("nvidia_drm is loaded in version 550.2, wanted is 535.1"));
}

/// As people write NVreg_RegistryDwords, and as nvidia shows it.
TEST_F(AdoptionTest, ValueWithBlanksIsOneValue) {
    modules[0].parameters = R"(modeset=1 NVreg_RegistryDwords="RmA=0x01; RmB=100")";
    last.modules[0].parameters = modules[0].parameters;
    proc.write("driver/nvidia/params", "RegistryDwords: \"RmA=0x01; RmB=100\"\n");
    EXPECT_THAT(reasons(), IsEmpty());
    proc.write("driver/nvidia/params", "RegistryDwords: \"RmA=0x01; RmB=7\"\n");
    EXPECT_THAT(reasons(), ElementsAre(HasSubstr(R"("RmA=0x01; RmB=7", wanted is)")));
}

/// As the kernel reads them (kstrtobool, and the last of a name).
TEST_F(AdoptionTest, ParametersAreReadAsTheKernelDoes) {
    for (const char* parameters : {"modeset=1", "modeset=Y", "modeset=on", "modeset=true",
                                   "modeset=0 modeset=1", "modeset=\"1\""}) {
        modules[0].parameters = last.modules[0].parameters = parameters;
        EXPECT_THAT(reasons(), IsEmpty()) << parameters;
    }
    for (const char* parameters : {"modeset=0", "modeset=off", "modeset=1 modeset=0"}) {
        modules[0].parameters = last.modules[0].parameters = parameters;
        EXPECT_THAT(reasons(), ElementsAre(HasSubstr("modeset=Y, wanted is "))) << parameters;
    }
}

TEST_F(AdoptionTest, ModuleThatIsMissingIsNamed) {
    sys.write("module/nvidia_drm/initstate", "going\n");
    EXPECT_THAT(reasons(), ElementsAre("nvidia_drm is not loaded"));
}

} // namespace
} // namespace loader
