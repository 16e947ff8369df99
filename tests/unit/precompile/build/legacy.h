/// A driver of one module, and packages of NVIDIA's mkprecompiled for it: real objects, for a real
/// linker. Those of NVIDIA's own sources are in tests/system.
#pragma once

#include "precompile/build/legacy_package.h"
#include "tests/unit/precompile/objects.h"

#include <gtest/gtest.h>

namespace precompile {

constexpr const char* kProcVersion = "Linux version 6.1.0-18-amd64 (us@host) (gcc-12) #1 SMP";

class LegacyTest : public testing::Test {
  protected:
    LegacyTest() {
        const std::filesystem::path kernel = "src/nvidia-535.1/kernel";
        for (const char* file : {"Makefile", "conftest.sh", "Kbuild"}) {
            directory.write(kernel / file, "");
        }
        for (const char* core :
             {"nvidia/nv-kernel.o_binary", "nvidia-modeset/nv-modeset-kernel.o_binary"}) {
            tests::compileObject(directory, kernel / core, "int core;");
        }
        directory.write("build/.config", "");
    }
    /// An interface's object; `vermagic` empty: it has none.
    CompiledModules compiled(const std::string& vermagic) {
        CompiledModules modules;
        const std::string source =
            tests::modinfo("name", "nvidia") + tests::modinfo("license", "NVIDIA") +
            tests::modinfo("version", version) +
            (vermagic.empty() ? "" : tests::modinfo("vermagic", vermagic + " SMP ")) +
            tests::section(".gnu.linkonce.this_module") + more;
        modules.interfaces.push_back(
            {.file = tests::compileObject(directory, "nv-linux.o", source),
             .core = {.module = "nvidia", .object = "nvidia/nv-kernel.o_binary"}});
        return modules;
    }
    std::filesystem::path write(const std::filesystem::path& name, const std::string& vermagic) {
        const auto file = directory.write(name, "");
        writeLegacyPackage(file, wanted, compiled(vermagic), kProcVersion);
        return file;
    }
    tests::Directory directory;
    std::string version = "535.1"; ///< that the interface says
    std::string more;              ///< C source of it
    PackageIdentity wanted{.target = {.osId = "debian",
                                      .osRelease = "12",
                                      .architecture = "x86_64",
                                      .kernel = "6.1.0-18-amd64"},
                           .driver = "535.1",
                           .flavour = Flavour::Proprietary,
                           .tag = ""};
    LegacyTools tools{.sourceDirectory = directory.path() / "src",
                      .kernelBuild = directory.path() / "build",
                      .builtBy = "test"};
    std::filesystem::path target = directory.path() / "package.tar";
};

} // namespace precompile
