#include "precompile/installer/file_type.h"

#include <gtest/gtest.h>

namespace precompile {
namespace {

struct Expected {
    const char* type;
    const char* directory; ///< empty: left out
    bool isLink = false;
};

class KnownType : public testing::TestWithParam<Expected> {};

TEST_P(KnownType, HasItsPlace) {
    const FileType* type = findFileType(GetParam().type);
    ASSERT_NE(type, nullptr) << GetParam().type;
    EXPECT_EQ(type->directory, GetParam().directory);
    EXPECT_EQ(type->isLink(), GetParam().isLink);
    EXPECT_EQ(type->isPlaced(), *GetParam().directory != '\0');
}

INSTANTIATE_TEST_SUITE_P(
    Cases, KnownType,
    testing::Values(
        Expected{"CUDA_LIB", "<lib>/<path>"}, Expected{"CUDA_SYMLINK", "<lib>/<path>", true},
        Expected{"GBM_BACKEND_LIB_SYMLINK", "<lib>/gbm", true}, Expected{"TLS_LIB", "<lib>"},
        Expected{"UTILITY_BINARY", "usr/bin"}, Expected{"GRID_LIB", "<lib>/<path>"},
        Expected{"FLEXERA_LIB_SYMLINK", "<lib>/<path>", true}, Expected{"VGX_LIB", "<lib>"},
        Expected{"VULKANSC_ICD_JSON", "etc/vulkansc/<path>"},
        Expected{"FIRMWARE", "<firmware>/<path>"}, Expected{"WINE_LIB", "usr/lib/nvidia/wine"},
        Expected{"CUDA_ICD", "etc/OpenCL/vendors"}, Expected{"XMODULE_SHARED_LIB", ""},
        Expected{"GLVND_SYMLINK", "", true}, Expected{"NVIDIA_MODPROBE", ""},
        Expected{"KERNEL_MODULE_SRC", ""}, Expected{"SYSTEMD_UNIT", ""}));

TEST(FileTypeTest, NobodyKnowsAnother) {
    for (const char* name : {"", "CUDA", "CUDA_LIBX", "cuda_lib"}) {
        EXPECT_EQ(findFileType(name), nullptr) << name;
    }
}

} // namespace
} // namespace precompile
