#include "toolkit/inventory/driver_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace toolkit {
namespace {

using testing::Optional;

TEST(DriverNames, LibrariesStandInTheOrderOfTheirCapabilities) {
    EXPECT_LT(knownLibrary("libnvidia-ml.so").rank, knownLibrary("libcuda.so").rank);
    EXPECT_LT(knownLibrary("libcuda.so").rank, knownLibrary("libnvidia-ngx.so").rank);
    EXPECT_LT(knownLibrary("libnvidia-ngx.so").rank, knownLibrary("libnvcuvid.so").rank);
    EXPECT_LT(knownLibrary("libnvcuvid.so").rank, knownLibrary("libEGL_nvidia.so").rank);
    EXPECT_LT(knownLibrary("libEGL_nvidia.so").rank, knownLibrary("libnvidia-new.so").rank);
    EXPECT_THAT(knownLibrary("libnvcuvid.so").capability, Optional(Capability::Video));
    EXPECT_EQ(knownLibrary("libnvidia-new.so").capability, std::nullopt);
}

TEST(DriverNames, SomeLibrariesHaveVersionsOfTheirOwn) {
    for (const char* name :
         {"libnvidia-egl-gbm.so.1.1.2", "libnvidia-egl-wayland.so.1.1.13",
          "libnvidia-egl-wayland2.so.1.0.0", "libnvidia-nvvm70.so.4", "nvidia_drv.so"}) {
        EXPECT_TRUE(hasVersionOfItsOwn(name)) << name;
    }
    for (const char* name : {"libnvidia-egl-gbm.so.1", "libnvidia-egl-gbm.so", "libcuda.so.1.1",
                             "libnvidia-nvvm.so.4"}) {
        EXPECT_FALSE(hasVersionOfItsOwn(name)) << name;
    }
}

TEST(DriverNames, FirmwareLandsWhereContainersLookForIt) {
    for (const char* directory :
         {"/lib/firmware", "/firmware", "/usr/lib/firmware/updates/6.1.0-40-amd64"}) {
        EXPECT_EQ(
            firmwareInContainer(std::filesystem::path(directory) / "nvidia/535.161/gsp_ga10x.bin"),
            "/lib/firmware/nvidia/535.161/gsp_ga10x.bin");
    }
}

} // namespace
} // namespace toolkit
