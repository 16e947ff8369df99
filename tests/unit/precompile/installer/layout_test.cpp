#include "precompile/installer/layout.h"

#include "host/base/error.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace precompile {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Type = host::TreeMember::Type;

/// "nvidia-smi", "nvidia-smi 4755", "kernel/" or "kernel/a -> b"
TreeMembers membersOf(const std::vector<std::string>& lines) {
    TreeMembers members;
    for (const std::string& line : lines) {
        host::TreeMember member{.name = line, .type = Type::File, .mode = 0644, .size = 10};
        if (const auto arrow = line.find(" -> "); arrow != std::string::npos) {
            member.type = Type::Link;
            member.target = line.substr(arrow + 4);
            member.name = line.substr(0, arrow);
        } else if (const auto blank = line.find(' '); blank != std::string::npos) {
            member.mode = static_cast<unsigned>(std::stoul(line.substr(blank + 1), nullptr, 8));
            member.name = line.substr(0, blank);
        } else if (line.ends_with('/')) {
            member.type = Type::Directory;
            member.name.pop_back();
        }
        members.emplace(member.name, member);
    }
    return members;
}

Layout layoutOf(const std::string& manifest, const std::vector<std::string>& members,
                const std::string& machine = "x86_64") {
    const std::string head = "d\n535.261.03\n3\n4\n5\n6\n7\n8\n";
    return layOut(readInstallerManifest(head + manifest + "\n", ".manifest"), membersOf(members),
                  machine, "f.run");
}

std::vector<std::string> linesOf(const Layout& layout) {
    std::vector<std::string> lines;
    for (const PlacedFile& file : layout.files) {
        lines.push_back(fmt::format("{:o} {} < {}", file.mode, file.place.string(), file.member));
    }
    for (const PlacedLink& link : layout.links) {
        lines.push_back(fmt::format("{} -> {}", link.place.string(), link.target));
    }
    return lines;
}

TEST(LayoutTest, EachTypeHasItsPlace) {
    const Layout layout = layoutOf(
        "libcuda.so.535.261.03 0755 CUDA_LIB NATIVE /\n"
        "libcuda.so.1 0000 CUDA_SYMLINK NATIVE / libcuda.so.535.261.03\n"
        "libcuda.so 0000 CUDA_SYMLINK NATIVE / libcuda.so.1\n"
        "libvdpau_nvidia.so.5 0755 VDPAU_LIB NATIVE vdpau/\n"
        "nvidia-drm_gbm.so 0000 GBM_BACKEND_LIB_SYMLINK NATIVE "
        "libcuda.so.535.261.03\n"
        "nvidia-smi 0777 UTILITY_BINARY\n"
        "firmware/gsp_ga10x.bin 0444 FIRMWARE INHERIT_PATH_DEPTH:1\n"
        "nvidia_icd.json 0644 VULKAN_ICD_JSON icd.d\n"
        "nvoptix.bin 0644 OPENGL_DATA /usr/share/nvidia\n"
        "kernel/nv.c 0644 KERNEL_MODULE_SRC INHERIT_PATH_DEPTH:1\n",
        {"libcuda.so.535.261.03", "libvdpau_nvidia.so.5", "nvidia-smi", "firmware/",
         "firmware/gsp_ga10x.bin", "nvidia_icd.json", "nvoptix.bin", "kernel/", "kernel/nv.c 600",
         "kernel/conftest.sh 700", "LICENSE", "unlisted", "supported-gpus/supported-gpus.json"});
    EXPECT_THAT(
        linesOf(layout),
        ElementsAre(
            "644 etc/vulkan/icd.d/nvidia_icd.json < nvidia_icd.json",
            "755 usr/bin/nvidia-smi < nvidia-smi",
            "755 usr/lib/x86_64-linux-gnu/libcuda.so.535.261.03 < libcuda.so.535.261.03",
            "755 usr/lib/x86_64-linux-gnu/vdpau/libvdpau_nvidia.so.5 < libvdpau_nvidia.so.5",
            "644 usr/share/nvidia/firmware/nvidia/535.261.03/gsp_ga10x.bin < "
            "firmware/gsp_ga10x.bin",
            "644 usr/share/nvidia/nvoptix.bin < nvoptix.bin",
            "644 usr/src/nvidia-535.261.03/LICENSE < LICENSE",
            "755 usr/src/nvidia-535.261.03/kernel/conftest.sh < kernel/conftest.sh",
            "644 usr/src/nvidia-535.261.03/kernel/nv.c < kernel/nv.c",
            "644 usr/src/nvidia-535.261.03/supported-gpus/supported-gpus.json < "
            "supported-gpus/supported-gpus.json",
            "usr/lib/firmware/nvidia/535.261.03 -> ../../../share/nvidia/firmware/nvidia/"
            "535.261.03",
            "usr/lib/x86_64-linux-gnu/gbm/nvidia-drm_gbm.so -> ../libcuda.so.535.261.03",
            "usr/lib/x86_64-linux-gnu/libcuda.so -> libcuda.so.1",
            "usr/lib/x86_64-linux-gnu/libcuda.so.1 -> libcuda.so.535.261.03"));
    EXPECT_THAT(layout.flavours, ElementsAre(Flavour::Proprietary));
    EXPECT_EQ(layout.leftOut, 0U);
}

TEST(LayoutTest, WhatIsFor32BitX11OrTheInstallerIsLeftOutWithItsLinks) {
    const Layout layout = layoutOf(
        "32/libcuda.so.5 0755 CUDA_LIB COMPAT32 /\n"
        "32/libcuda.so.1 0000 CUDA_SYMLINK COMPAT32 / libcuda.so.5\n"
        "nvidia_drv.so 0755 XMODULE_SHARED_LIB drivers/\n"
        "nvidia-modprobe 4755 NVIDIA_MODPROBE /\n"
        "nvidia-installer 0755 INSTALLER_BINARY\n"
        "nvidia-uninstall 0000 UTILITY_BIN_SYMLINK nvidia-installer\n"
        "nvidia-settings 0755 UTILITY_BINARY\n"
        "libnvidia-gtk3.so.5 0755 UTILITY_LIB NATIVE\n"
        "libgtk.so 0000 UTILITY_LIB_SYMLINK NATIVE libnvidia-gtk3.so.5\n"
        "libgtk.so.0 0000 UTILITY_LIB_SYMLINK NATIVE libgtk.so\n",
        {"32/libcuda.so.5", "nvidia-modprobe 4755", "nvidia-settings", "kernel-open/Kbuild"},
        "aarch64");
    EXPECT_THAT(
        linesOf(layout),
        ElementsAre("644 usr/src/nvidia-535.261.03/kernel-open/Kbuild < kernel-open/Kbuild"));
    EXPECT_THAT(layout.flavours, ElementsAre(Flavour::Open));
    EXPECT_EQ(layout.leftOut, 10U);
    EXPECT_EQ(layout.libraries, "usr/lib/aarch64-linux-gnu");
}

TEST(LayoutTest, LinksOfTheSourcesStayInTheirFolder) {
    const Layout layout = layoutOf(
        "", {"kernel/a/b.h", "kernel/b.h -> a/b.h", "kernel/a/", "elsewhere -> kernel/a/b.h"});
    EXPECT_THAT(linesOf(layout),
                ElementsAre("644 usr/src/nvidia-535.261.03/kernel/a/b.h < kernel/a/b.h",
                            "usr/src/nvidia-535.261.03/kernel/b.h -> a/b.h"));
}

struct Refused {
    const char* manifest;
    std::vector<std::string> members; ///< beside kernel/Kbuild
    const char* cause;
};

class RefusedLayout : public testing::TestWithParam<Refused> {};

TEST_P(RefusedLayout, SaysWhy) {
    auto members = GetParam().members;
    members.emplace_back("kernel/Kbuild");
    try {
        layoutOf(GetParam().manifest, members);
        FAIL() << "was accepted";
    } catch (const host::Error& error) {
        EXPECT_EQ(error.fault(), host::Fault::Verification);
        EXPECT_THAT(error.what(), HasSubstr(GetParam().cause));
    }
}

INSTANTIATE_TEST_SUITE_P(
    Cases, RefusedLayout,
    testing::Values(
        Refused{"nvidia-smi 0755 UTILITY_BINARY\n",
                {},
                "f.run: file 'nvidia-smi' of its manifest is not among the files that it holds"},
        Refused{"nvidia-smi 0755 UTILITY_BINARY\n", {"nvidia-smi/"}, "is not among the files"},
        Refused{"nvidia-smi 0755 UTILITY_BINARY\n",
                {"nvidia-smi -> kernel"},
                "file 'nvidia-smi' is a link"},
        Refused{"kernel/nv.c 0644 KERNEL_MODULE_SRC INHERIT_PATH_DEPTH:1\n",
                {},
                "file 'kernel/nv.c' of its manifest is not among the files that it holds"},
        Refused{"LICENSE 0644 DOCUMENTATION /\n", {}, "file 'LICENSE' of its manifest is not"},
        Refused{"", {"LICENSE -> kernel/Kbuild"}, "file 'LICENSE' is a link"},
        Refused{"nvidia-smi 4755 UTILITY_BINARY\n",
                {"nvidia-smi"},
                "file 'nvidia-smi' has a setuid, setgid or sticky bit"},
        Refused{"nvidia-smi 0755 UTILITY_BINARY\n", {"nvidia-smi 2755"}, "has a setuid, setgid"},
        Refused{"", {"kernel/conftest.sh 4755"}, "file 'kernel/conftest.sh' has a setuid"},
        Refused{"a/nvidia-smi 0755 UTILITY_BINARY\nb/nvidia-smi 0755 UTILITY_BINARY\n",
                {"a/nvidia-smi", "b/nvidia-smi"},
                "file 'b/nvidia-smi' would be a second /usr/bin/nvidia-smi"},
        Refused{"a 0755 UTILITY_BINARY\nb 0755 UTILITY_BINARY\n"
                "a 0000 UTILITY_BIN_SYMLINK b\n",
                {"a", "b"},
                "the link to 'b' would be a second /usr/bin/a"},
        Refused{"",
                {"kernel/x -> ../kernel-open/x", "kernel-open/x"},
                "link 'kernel/x' leads to '../kernel-open/x', out of kernel/"},
        Refused{"", {"supported-gpus"}, "'supported-gpus' is no directory"},
        Refused{"", {"kernel-open -> somewhere"}, "'kernel-open' is no directory"}));

TEST(LayoutTest, WithoutKernelSourcesItIsNoDriver) {
    EXPECT_THAT(
        [] {
            layoutOf("", {"LICENSE", "kernel/", "kernel-new/Kbuild"});
        },
        testing::ThrowsMessage<host::Error>(
            HasSubstr("f.run: its payload holds neither kernel/ nor kernel-open/")));
}

TEST(LayoutTest, KnowsTwoMachines) {
    EXPECT_THAT([] { layoutOf("", {"kernel/Kbuild"}, "riscv64"); },
                testing::ThrowsMessage<host::Error>(HasSubstr("no drivers for machine 'riscv64'")));
}

} // namespace
} // namespace precompile
