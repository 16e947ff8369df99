#include "precompile/installer/installer_manifest.h"

#include "host/base/error.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace precompile {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view kHead = "NVIDIA Accelerated Graphics Driver\n"
                                   "535.261.03\n"
                                   "ignored\n"
                                   "nvidia nvidia-uvm\n"
                                   "ignored\nignored\nignored\nignored\n";

InstallerManifest readLines(const std::string& lines) {
    return readInstallerManifest(fmt::format("{}{}", kHead, lines), "f.run, .manifest");
}

/// "file mode type NATIVE|COMPAT32 'path' 'target'"
std::string toLine(const ManifestEntry& entry) {
    return fmt::format("{} {:o} {} {} '{}' '{}'", entry.file, entry.mode, entry.type->name,
                       entry.isCompat32 ? "COMPAT32" : "NATIVE", entry.path, entry.target);
}

struct Case {
    const char* line;
    const char* read;
};

class ManifestLine : public testing::TestWithParam<Case> {};

TEST_P(ManifestLine, IsReadByItsType) {
    const auto manifest = readLines(fmt::format("{}\n\n", GetParam().line));
    ASSERT_EQ(manifest.entries.size(), 1U);
    EXPECT_EQ(toLine(manifest.entries.front()), GetParam().read);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, ManifestLine,
    testing::Values(
        Case{"libcuda.so.535.261.03 0755 CUDA_LIB NATIVE / MODULE:cuda",
             "libcuda.so.535.261.03 755 CUDA_LIB NATIVE '' ''"},
        Case{"libcuda.so.1 0000 CUDA_SYMLINK NATIVE / libcuda.so.535.261.03",
             "libcuda.so.1 0 CUDA_SYMLINK NATIVE '' 'libcuda.so.535.261.03'"},
        Case{"./32/libcuda.so.535.261.03 0755 CUDA_LIB COMPAT32 /",
             "32/libcuda.so.535.261.03 755 CUDA_LIB COMPAT32 '' ''"},
        Case{"libvdpau_nvidia.so.1 0000 VDPAU_SYMLINK NATIVE vdpau/ libvdpau_nvidia.so.5 MODULE:x",
             "libvdpau_nvidia.so.1 0 VDPAU_SYMLINK NATIVE 'vdpau' 'libvdpau_nvidia.so.5'"},
        Case{"nvidia-drm_gbm.so 0000 GBM_BACKEND_LIB_SYMLINK NATIVE libnvidia-allocator.so.1",
             "nvidia-drm_gbm.so 0 GBM_BACKEND_LIB_SYMLINK NATIVE '' 'libnvidia-allocator.so.1'"},
        Case{"nvidia-smi 0755 UTILITY_BINARY MODULE:smi",
             "nvidia-smi 755 UTILITY_BINARY NATIVE '' ''"},
        Case{"firmware/gsp_ga10x.bin 0644 FIRMWARE INHERIT_PATH_DEPTH:1",
             "firmware/gsp_ga10x.bin 644 FIRMWARE NATIVE '' ''"},
        Case{"firmware/a/b/gsp.bin 0644 FIRMWARE INHERIT_PATH_DEPTH:1",
             "firmware/a/b/gsp.bin 644 FIRMWARE NATIVE 'a/b' ''"},
        Case{"nvidia_icd.json 0644 VULKAN_ICD_JSON icd.d",
             "nvidia_icd.json 644 VULKAN_ICD_JSON NATIVE 'icd.d' ''"},
        Case{"nvoptix.bin 0644 OPENGL_DATA /usr/share/nvidia",
             "nvoptix.bin 644 OPENGL_DATA NATIVE 'usr/share/nvidia' ''"},
        // What is left out may say what it likes.
        Case{"nvidia-modprobe 4755 NVIDIA_MODPROBE /usr/bin and more",
             "nvidia-modprobe 4755 NVIDIA_MODPROBE NATIVE '' ''"},
        Case{"kernel/nvidia/nv.c 0644 KERNEL_MODULE_SRC INHERIT_PATH_DEPTH:1 MODULE:resman",
             "kernel/nvidia/nv.c 644 KERNEL_MODULE_SRC NATIVE '' ''"}));

TEST(InstallerManifestTest, EndsWithAnEmptyLineOrTheFile) {
    const std::string line = "nvidia-smi 0755 UTILITY_BINARY\n";
    EXPECT_EQ(readLines(line + line).entries.size(), 2U);
    EXPECT_EQ(readLines(line + "\n" + "something else\n").entries.size(), 1U);
    EXPECT_EQ(readLines(line + "\n").driver, "535.261.03");
}

struct Refused {
    const char* line;
    const char* cause;
};

class RefusedManifestLine : public testing::TestWithParam<Refused> {};

TEST_P(RefusedManifestLine, IsNamedWithItsCause) {
    try {
        readLines(fmt::format("nvidia-smi 0755 UTILITY_BINARY\n{}\n", GetParam().line));
        FAIL() << "was read";
    } catch (const host::Error& error) {
        EXPECT_EQ(error.fault(), host::Fault::Verification);
        EXPECT_THAT(error.what(), HasSubstr("f.run, .manifest, line 10: "));
        EXPECT_THAT(error.what(), HasSubstr(GetParam().cause));
    }
}

INSTANTIATE_TEST_SUITE_P(
    Cases, RefusedManifestLine,
    testing::Values(
        Refused{"libnew.so 0755 QUANTUM_LIB NATIVE",
                "'libnew.so' is of a type that is not known: QUANTUM_LIB"},
        Refused{"nvidia-smi", "the mode is missing"},
        Refused{"nvidia-smi 0755", "the type is missing"},
        Refused{"nvidia-smi rwx UTILITY_BINARY", "'rwx' is no mode"},
        Refused{"nvidia-smi 17777 UTILITY_BINARY", "'17777' is no mode"},
        Refused{"nvidia-smi 0755 UTILITY_BINARY twice", "'twice' is one word too many"},
        Refused{"libcuda.so.1 0755 CUDA_LIB", "NATIVE or COMPAT32 is missing"},
        Refused{"libcuda.so.1 0755 CUDA_LIB / NATIVE", "'/' is neither NATIVE nor COMPAT32"},
        Refused{"libcuda.so.1 0755 CUDA_LIB NATIVE", "the path is missing"},
        Refused{"libcuda.so.1 0755 CUDA_LIB NATIVE ../../etc", "'../../etc' is no plain path"},
        Refused{"libcuda.so.1 0755 CUDA_LIB NATIVE a//../b", "'a//../b' is no plain path"},
        Refused{"libcuda.so 0000 CUDA_SYMLINK NATIVE /", "the link's target is missing"},
        Refused{"libcuda.so 0000 CUDA_SYMLINK NATIVE / /etc/shadow",
                "leads to '/etc/shadow', which is no file's name"},
        Refused{"libcuda.so 0000 CUDA_SYMLINK NATIVE / ../x", "leads to '../x'"},
        Refused{"libcuda.so 0000 CUDA_SYMLINK NATIVE / ..", "leads to '..'"},
        Refused{"/etc/passwd 0644 EXPLICIT_PATH /usr/share/x", "'/etc/passwd' is no plain"},
        Refused{"a/../../b 0644 EXPLICIT_PATH /usr/share/x", "'a/../../b' is no plain"},
        Refused{"passwd 0644 EXPLICIT_PATH /etc", "the path /etc is not below /usr/share/"},
        Refused{"x 0644 OPENGL_DATA /usr/share/../../etc", "is no plain path"},
        Refused{"firmware/gsp.bin 0644 FIRMWARE", "INHERIT_PATH_DEPTH: is missing"},
        Refused{"firmware/gsp.bin 0644 FIRMWARE INHERIT_PATH_DEPTH:2",
                "'INHERIT_PATH_DEPTH:2' says nothing of the path"},
        Refused{"firmware/gsp.bin 0644 FIRMWARE INHERIT_PATH_DEPTH:-1", "says nothing"},
        Refused{"firmware/gsp.bin 0644 FIRMWARE /lib", "'/lib' says nothing of the path"}));

TEST(InstallerManifestTest, WithoutAVersionItIsNone) {
    for (const char* version : {"", "latest", "535", "535.", "535.261.03-1", "../535.261.03",
                                "5.1111111111111111111111111111111"}) {
        const std::string text = fmt::format("description\n{}\n1\n2\n3\n4\n5\n6\n\n", version);
        EXPECT_THAT([&] { readInstallerManifest(text, "m"); },
                    testing::ThrowsMessage<host::Error>(
                        HasSubstr("m is no manifest of NVIDIA's installer")))
            << version;
    }
    EXPECT_THROW(readInstallerManifest("", "m"), host::Error);
    EXPECT_THROW(readInstallerManifest("d\n535.261.03\n", "m"), host::Error);
}

} // namespace
} // namespace precompile
