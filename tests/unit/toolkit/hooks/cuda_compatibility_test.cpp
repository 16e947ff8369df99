#include "toolkit/hooks/cuda_compatibility.h"

#include "tests/unit/elf_image.h"
#include "tests/unit/temporary.h"

#include <gtest/gtest.h>

namespace toolkit {
namespace {

namespace fs = std::filesystem;

struct Case {
    CompatibilityLibrary library;
    HostVersions host;
    bool newer;
};

class Comparison : public testing::TestWithParam<Case> {};

TEST_P(Comparison, IsByCudaWhereBothAreKnownElseByTheDriversMajor) {
    const auto& [library, host, newer] = GetParam();
    EXPECT_EQ(isNewer(library, host), newer);
}

INSTANTIATE_TEST_SUITE_P(Cases, Comparison,
                         testing::Values(Case{{"550.54.15", ""}, {"535.261.03", ""}, true},
                                         Case{{"535.999.99", ""}, {"535.261.03", ""}, false},
                                         Case{{"525.1.1", ""}, {"535.261.03", ""}, false},
                                         Case{{"1000.1", ""}, {"999.9", ""}, true}, // as numbers
                                         Case{{"550.54.15", ""}, {"", ""}, false},
                                         Case{{"550.54.15", ""}, {"unknown", ""}, false},
                                         Case{{"580.1.1", "13.0"}, {"570.1.1", "13.0"}, false},
                                         Case{{"580.1.1", "13.0"}, {"580.2.2", "12.9"}, true},
                                         Case{{"580.1.1", "13.10"}, {"580.2.2", "13.9"}, true},
                                         Case{{"580.1.1", "13.0"}, {"570.1.1", ""}, true},
                                         Case{{"580.1.1", ""}, {"570.1.1", "13.0"}, true}));

constexpr const char* kFolder = "root/usr/local/cuda-13.0/compat/";

struct Image {
    tests::Directory directory;
    Image() {
        directory.write("root/usr/local/x", "");
        fs::create_directory_symlink("/etc/alternatives/cuda",
                                     directory.path() / "root/usr/local/cuda");
        directory.write("root/etc/alternatives/x", "");
        fs::create_directory_symlink("/usr/local/cuda-13.0",
                                     directory.path() / "root/etc/alternatives/cuda");
    }
    [[nodiscard]] ContainerRoot root() const { return ContainerRoot(directory.path() / "root"); }
    [[nodiscard]] bool isEnabled() const {
        return fs::exists(directory.path() / "root/etc/ld.so.conf.d/00-compat-driverctl.conf");
    }
};

TEST(CompatibilityLibrary, IsTheNewestThatTheImageHas) {
    const Image image;
    EXPECT_EQ(findCompatibilityLibrary(image.root()), std::nullopt);
    for (const char* name :
         {"libcuda.so", "libcuda.so.1", "libcuda.so.x.y", "libcudadebugger.so"}) {
        image.directory.write(std::string(kFolder) + name, "");
    }
    EXPECT_EQ(findCompatibilityLibrary(image.root()), std::nullopt);
    image.directory.write(std::string(kFolder) + "libcuda.so.99.1", "no ELF file");
    image.directory.write(
        std::string(kFolder) + "libcuda.so.580.65.06",
        tests::elfImage(
            {.noteSection = {".note.cuda.fwd_compatibility", "NVIDIA Corporation",
                             R"({"Format": 1, "CUDA Version": "13.0", "Driver": [535]})"}}));
    EXPECT_EQ(findCompatibilityLibrary(image.root()), (CompatibilityLibrary{"580.65.06", "13.0"}));
}

TEST(EnableCudaCompatibility, PutsTheFolderFirstWhereItIsNewer) {
    const Image image;
    image.directory.write(std::string(kFolder) + "libcuda.so.550.54.15", "");
    enableCudaCompatibility(image.root(), {.driver = "550.90.07", .cuda = ""});
    EXPECT_FALSE(image.isEnabled());
    enableCudaCompatibility(image.root(), {.driver = "535.261.03", .cuda = ""});
    EXPECT_TRUE(image.isEnabled());
}

} // namespace
} // namespace toolkit
