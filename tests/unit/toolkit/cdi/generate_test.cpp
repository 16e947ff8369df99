#include "toolkit/cdi/generate.h"

#include "host/base/error.h"
#include "tests/unit/temporary.h"
#include "toolkit/cdi/validate.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace cdi = toolkit::cdi;
namespace fs = std::filesystem;
using cdi::NameBy;
using testing::ElementsAre;
using testing::IsEmpty;
using toolkit::Capability;
using toolkit::Inventory;

namespace {

/// Two GPUs whose minors are not their indices; the second is in MIG mode.
Inventory node() {
    Inventory node;
    node.driverRoot = "/run/nvidia/driver";
    node.driverVersion = "535.261.03";
    node.gpus = {{.index = 0, .minor = 1, .uuid = "GPU-a"},
                 {.index = 1,
                  .minor = 0,
                  .uuid = "GPU-b",
                  .inMigMode = true,
                  .migs = {{.index = 0, .uuid = "MIG-c", .gpuInstance = 1}}}};
    node.controlNodes = {"/dev/nvidiactl", "/dev/nvidia-uvm"};
    node.gpuNodes = {"/dev/nvidia1", "/dev/nvidia0"};
    node.migAccess = {
        {.gpu = 1,
         .mig = 0,
         .gpuInstance = {.access = "/proc/a", .node = "/dev/nvidia-caps/nvidia-cap3"},
         .computeInstance = {.access = "/proc/b", .node = "/dev/nvidia-caps/nvidia-cap4"}}};
    toolkit::Library library;
    library.path = "/usr/lib/libcuda.so.535.261.03";
    library.capability = Capability::Compute;
    library.links = {{.link = "/usr/lib/libcuda.so.1", .target = "libcuda.so.535.261.03"}};
    node.libraries = {library};
    return node;
}

/// "NAME: NODE NODE", for each device.
std::vector<std::string> devicesOf(const cdi::Specification& specification) {
    std::vector<std::string> lines;
    for (const auto& [name, edits] : specification.devices) {
        std::string line = name + ":";
        for (const auto& nodeEdit : edits.deviceNodes) {
            line += " " + nodeEdit.path.filename().string();
        }
        lines.push_back(line);
    }
    return lines;
}

cdi::GenerateOptions namedBy(std::vector<NameBy> names) {
    return {.names = std::move(names)};
}

} // namespace

TEST(CdiGenerate, DevicesAreNamedByIndexAndUuid) {
    EXPECT_THAT(devicesOf(cdi::generate(node(), {})),
                ElementsAre("0: nvidia1", "GPU-a: nvidia1", "1: nvidia0", "GPU-b: nvidia0",
                            "1:0: nvidia0 nvidia-cap3 nvidia-cap4",
                            "MIG-c: nvidia0 nvidia-cap3 nvidia-cap4",
                            "all: nvidia1 nvidia0 nvidia-cap3 nvidia-cap4", "none:"));
}

TEST(CdiGenerate, OtherNamesMayBeChosen) {
    EXPECT_THAT(devicesOf(cdi::generate(node(), namedBy({NameBy::TypeIndex}))),
                ElementsAre("gpu0: nvidia1", "gpu1: nvidia0",
                            "mig1:0: nvidia0 nvidia-cap3 nvidia-cap4",
                            "all: nvidia1 nvidia0 nvidia-cap3 nvidia-cap4", "none:"));
    auto unopened = node(); // whose UUIDs nobody knows yet
    unopened.gpus[0].uuid.clear();
    unopened.gpus[1].migs[0].uuid.clear();
    EXPECT_THAT(
        devicesOf(cdi::generate(unopened, namedBy({NameBy::Uuid}))),
        ElementsAre("GPU-b: nvidia0", "all: nvidia1 nvidia0 nvidia-cap3 nvidia-cap4", "none:"));
}

TEST(CdiGenerate, AGpuWithoutItsNodeIsNoDevice) {
    auto half = node();
    half.gpus[1] = {.index = 1, .minor = 7, .uuid = "GPU-b", .drmNodes = {"/dev/dri/card0"}};
    EXPECT_THAT(devicesOf(cdi::generate(half, {})),
                ElementsAre("0: nvidia1", "GPU-a: nvidia1", "all: nvidia1", "none:"));
    half.gpus = {{.index = 0, .minor = 0, .inMigMode = true}}; // and it has no MIG devices yet
    EXPECT_THAT(devicesOf(cdi::generate(half, {})), ElementsAre("0: nvidia0", "none:"));
    half.gpus.clear();
    EXPECT_THAT(devicesOf(cdi::generate(half, {})), ElementsAre("none:"));
}

TEST(CdiGenerate, AMigDeviceWithoutItsNodesIsNoDevice) {
    auto half = node();
    half.migAccess[0].computeInstance.node.clear();
    EXPECT_THAT(devicesOf(cdi::generate(half, {})),
                ElementsAre("0: nvidia1", "GPU-a: nvidia1", "1: nvidia0", "GPU-b: nvidia0",
                            "all: nvidia1", "none:"));
}

TEST(CdiGenerate, GroupsOfNodesAreForReadersThatKnowThem) {
    const auto gidsOf = [](const char* reader, toolkit::HostNode gpu) {
        cdi::GenerateOptions options{.readers = {cdi::readerOf(reader)}};
        options.lookup = [gpu](const fs::path& path) {
            return path == "/dev/nvidia1" ? gpu : toolkit::HostNode{};
        };
        const auto specification = cdi::generate(node(), options);
        EXPECT_THAT(specification.edits.additionalGids, IsEmpty());
        EXPECT_THAT(specification.devices[2].edits.additionalGids, IsEmpty()) << "of nvidia0";
        EXPECT_EQ(specification.devices[0].edits.additionalGids,
                  specification.devices[6].edits.additionalGids)
            << "all has what one of them has";
        return specification.devices[0].edits.additionalGids;
    };
    EXPECT_THAT(gidsOf("podman-5.4", {.permissions = 0660, .gid = 44}), ElementsAre(44));
    EXPECT_THAT(gidsOf("podman-4.9", {.permissions = 0660, .gid = 44}), IsEmpty());
    EXPECT_THAT(gidsOf("podman-5.4", {.permissions = 0666, .gid = 44}), IsEmpty());
    EXPECT_THAT(gidsOf("podman-5.4", {.permissions = 0660, .gid = 0}), IsEmpty());
}

TEST(CdiGenerate, WhatIsMadeIsValidForWhomItIsMade) {
    for (const auto& reader : cdi::allReaders()) {
        for (const auto by : {NameBy::Index, NameBy::Uuid, NameBy::TypeIndex}) {
            auto options = namedBy({by});
            options.readers = {reader};
            const nlohmann::json document = toJson(cdi::generate(node(), options));
            EXPECT_THAT(cdi::validate(document), IsEmpty()) << document;
            EXPECT_THAT(objectionsOf(reader, document), IsEmpty()) << document;
        }
    }
}

TEST(CdiGenerate, TheDriverComesWithEachDevice) {
    const auto specification = cdi::generate(node(), {});
    EXPECT_EQ(specification.kind, "nvidia.com/gpu");
    EXPECT_EQ(specification.edits, driverEdits(node(), {}));
    EXPECT_FALSE(specification.edits.mounts.empty());
    EXPECT_FALSE(specification.edits.hooks.empty());
}

TEST(CdiGenerate, WithoutTheirProgramThereAreNoHooks) {
    EXPECT_THAT(cdi::generate(node(), {.edits = {.hookProgram = ""}}).edits.hooks, IsEmpty());
}

TEST(CdiGenerate, SettingsAreWords) {
    const auto options = cdi::optionsFor({.names = {"type-index", "uuid"},
                                          .readers = {"podman-4.3.1", "docker-28.5"},
                                          .hookPath = "/opt/hook"},
                                         "/", "/");
    EXPECT_THAT(options.names, ElementsAre(NameBy::TypeIndex, NameBy::Uuid));
    EXPECT_THAT(options.readers,
                ElementsAre(cdi::readerOf("podman-4.3"), cdi::readerOf("docker-28.5")));
    EXPECT_EQ(options.edits.hookProgram, "/opt/hook");
    const std::vector<std::string> known = {"podman-4.3"};
    for (const auto& wrong : {cdi::CdiSettings{.names = {"Index"}, .readers = known},
                              cdi::CdiSettings{.readers = {"lxc-5.0"}}}) {
        try {
            static_cast<void>(cdi::optionsFor(wrong, "/", "/"));
            ADD_FAILURE() << wrong.names.front();
        } catch (const host::Error& error) {
            EXPECT_EQ(error.fault(), host::Fault::Usage);
        }
    }
}

TEST(CdiGenerate, HookProgramIsTheDriverRootsOrTheProgramsNeighbour) {
    const tests::Directory directory;
    const auto root = directory.path() / "root";
    fs::create_directory(root);
    directory.write("bin/driverctl", "");
    const auto self = directory.path() / "self";
    fs::create_symlink(directory.path() / "bin/driverctl", self);

    EXPECT_EQ(cdi::hookProgramIn(root, "/", self), "");
    EXPECT_EQ(cdi::hookProgramIn(directory.path() / "nowhere", "/", self), "");
    const auto beside = directory.write("bin/driverctl-hook", "");
    EXPECT_EQ(cdi::hookProgramIn(root, "/", self), beside);
    // In a container the file beside the program is not the host's.
    EXPECT_EQ(cdi::hookProgramIn(root, std::nullopt, self), "");
    const auto host = directory.path() / "host";
    EXPECT_EQ(cdi::hookProgramIn(root, host, self), "");
    directory.write(fs::path("host") / beside.relative_path(), "another");
    EXPECT_EQ(cdi::hookProgramIn(root, host, self), "");
    const auto own = directory.write("root/usr/bin/driverctl-hook", "");
    EXPECT_EQ(cdi::hookProgramIn(root, std::nullopt, self), own);
}
