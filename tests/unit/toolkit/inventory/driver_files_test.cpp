#include "toolkit/inventory/driver_files.h"

#include "tests/unit/toolkit/driver_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace toolkit {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using tests::pathsOf;

class DriverFiles : public testing::Test {
  protected:
    tests::DriverTree tree;
    host::Rooted root{tree.path()};
};

TEST_F(DriverFiles, BinariesAreInTheOrderOfTheListFirstOfEachName) {
    for (const char* file :
         {"/usr/bin/nvidia-xconfig", "/usr/bin/nvidia-cuda-mps-server", "/usr/bin/nvidia-smi",
          "/usr/sbin/nvidia-smi", "/usr/bin/nvidia-top"}) {
        tree.file(file);
    }
    tree.link("usr/bin", "/bin");
    const auto binaries = findBinaries(root);
    EXPECT_THAT(pathsOf(binaries, &Binary::path),
                ElementsAre("/usr/sbin/nvidia-smi", "/usr/bin/nvidia-cuda-mps-server",
                            "/usr/bin/nvidia-xconfig"));
    EXPECT_EQ(binaries[1].capability, Capability::Compute);
    EXPECT_EQ(binaries[2].capability, std::nullopt);
}

TEST_F(DriverFiles, ABinaryKeepsTheNameThatItIsFoundBy) {
    tree.file("/usr/lib/nvidia/current/nvidia-smi");
    tree.link("/etc/alternatives/nvidia-smi", "/usr/bin/nvidia-smi");
    tree.link("/usr/lib/nvidia/current/nvidia-smi", "/etc/alternatives/nvidia-smi");
    tree.link("usr/bin", "/bin");
    const auto binaries = findBinaries(root);
    EXPECT_THAT(pathsOf(binaries, &Binary::path),
                ElementsAre("/usr/lib/nvidia/current/nvidia-smi"));
    EXPECT_THAT(pathsOf(binaries, &Binary::container), ElementsAre("/usr/bin/nvidia-smi"));
}

TEST_F(DriverFiles, SocketsOfRunCountBeforeThoseOfVarRun) {
    tree.file("/run/nvidia-persistenced/socket");
    tree.file("/var/run/nvidia-persistenced/socket");
    tree.file("/var/run/nvidia-fabricmanager/socket");
    tree.file("/tmp/mps/control");
    EXPECT_THAT(pathsOf(findSockets(root, "/tmp/mps"), &DriverFile::path),
                ElementsAre("/run/nvidia-persistenced/socket",
                            "/var/run/nvidia-fabricmanager/socket", "/tmp/mps"));
    EXPECT_EQ(findSockets(root, "/tmp/nvidia-mps").size(), 2U);
}

TEST_F(DriverFiles, WhereOthersMayWriteNoLinkCounts) {
    for (const char* target : {"/etc", "/"}) {
        const tests::DriverTree other;
        other.file("/etc/shadow");
        other.link("/etc/shadow", "/run/nvidia-persistenced/socket");
        other.link(target, "/tmp/nvidia-mps");
        EXPECT_THAT(findSockets(host::Rooted(other.path()), "/tmp/nvidia-mps"), IsEmpty());
    }
}

TEST_F(DriverFiles, MpsPipesAreADirectoryOfRootOrOfWhoAsks) {
    tree.file("/tmp/file");
    tree.file("/tmp/mps/control");
    EXPECT_THAT(findSockets(root, "/tmp/file"), IsEmpty());
    EXPECT_EQ(findSockets(root, "/tmp/mps").size(), 1U);
    constexpr uid_t kNobody = 65534;
    if (::chown((tree.path() / "tmp/mps").c_str(), kNobody, kNobody) == 0) { // by root only
        EXPECT_THAT(findSockets(root, "/tmp/mps"), IsEmpty());
    }
}

TEST_F(DriverFiles, ASocketBehindALinkHasItsOwnPath) {
    tree.file("/run/elsewhere/socket");
    tree.link("../run", "/var/run");
    tree.link("elsewhere", "/run/nvidia-persistenced");
    EXPECT_THAT(pathsOf(findSockets(root, ""), &DriverFile::path),
                ElementsAre("/run/elsewhere/socket"));
}

TEST_F(DriverFiles, ConfigFilesLandWhereContainersLookForThem) {
    tree.file("/usr/share/vulkan/icd.d/nvidia_icd.json");
    tree.file("/etc/glvnd/egl_vendor.d/10_nvidia.json");
    tree.file("/usr/share/glvnd/egl_vendor.d/10_nvidia.json");
    tree.file("/vulkan/implicit_layer.d/nvidia_layers.json");
    const auto files = findConfigFiles(root);
    EXPECT_THAT(pathsOf(files, &ConfigFile::path),
                ElementsAre("/etc/glvnd/egl_vendor.d/10_nvidia.json",
                            "/usr/share/vulkan/icd.d/nvidia_icd.json",
                            "/vulkan/implicit_layer.d/nvidia_layers.json"));
    EXPECT_THAT(pathsOf(files, &ConfigFile::container),
                ElementsAre("/usr/share/glvnd/egl_vendor.d/10_nvidia.json",
                            "/etc/vulkan/icd.d/nvidia_icd.json",
                            "/etc/vulkan/implicit_layer.d/nvidia_layers.json"));
}

TEST_F(DriverFiles, FirmwareIsThatOfTheVersionWhereTheKernelLooks) {
    tree.file("/proc/sys/kernel/osrelease", "6.1.0-40-amd64\n");
    for (const char* file :
         {"/lib/firmware/nvidia/535.161/gsp_tu10x.bin",
          "/lib/firmware/nvidia/535.161/gsp_ga10x.bin", "/lib/firmware/nvidia/535.161/README",
          "/lib/firmware/nvidia/470.42/gsp.bin",
          "/lib/firmware/updates/6.1.0-40-amd64/nvidia/535.161/gsp_new.bin",
          "/set/nvidia/535.161/gsp_set.bin", "/firmware/nvidia/535.161/gsp_flat.bin"}) {
        tree.file(file);
    }
    const auto firmware = [&] {
        std::vector<std::string> names;
        for (const auto& file : findFirmware(root, "535.161", tree.roots())) {
            names.push_back(file.string());
        }
        return names;
    };
    EXPECT_THAT(firmware(),
                ElementsAre("/lib/firmware/nvidia/535.161/gsp_ga10x.bin",
                            "/lib/firmware/nvidia/535.161/gsp_tu10x.bin",
                            "/firmware/nvidia/535.161/gsp_flat.bin",
                            "/lib/firmware/updates/6.1.0-40-amd64/nvidia/535.161/gsp_new.bin"));
    for (const auto& set : {tree.path() / "set", std::filesystem::path("/set")}) {
        tree.file("/sys/module/firmware_class/parameters/path", set.string() + "\n");
        EXPECT_EQ(firmware().size(), 5U) << set;
    }
}

} // namespace
} // namespace toolkit
