#include "distribution/directory.h"

#include "host/base/error.h"
#include "tests/unit/program_header.h"
#include "tests/unit/temporary.h"

#include <elf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace distribution {
namespace {

using testing::HasSubstr;

class DirectoryTest : public testing::Test {
  protected:
    DirectoryTest() {
        for (const char* name : {"tmp", "proc", "dev"}) {
            std::filesystem::create_directory(root.path() / name);
        }
    }

    [[nodiscard]] TargetSettings wanted(const std::string& kernel) const {
        return {.kernel = kernel, .buildRoot = root.path()};
    }

    [[nodiscard]] std::string refusal(const std::string& kernel) const {
        try {
            static_cast<void>(directory->fullName(wanted(kernel)));
        } catch (const host::Error& error) {
            EXPECT_EQ(error.fault(), host::Fault::Usage);
            return error.what();
        }
        return "";
    }

    tests::Directory root;
    std::unique_ptr<Distribution> directory = makeDirectory("/unused");
};

TEST_F(DirectoryTest, IsMeantWhereABuildRootIsNamed) {
    EXPECT_TRUE(directory->claims(wanted("6.1")));
    EXPECT_FALSE(directory->claims({.release = "4593.2.5"}));
}

TEST_F(DirectoryTest, SaysWhichFileIsMissingAndWhichKernelsThereAre) {
    const struct {
        const char* next; ///< the file that comes to those before it
        const char* kernel;
        const char* problem; ///< nullptr: none
    } steps[] = {
        {"etc/hosts", "6.1", "for kernel 6.1: usr/bin/make is missing; it has build trees of no"},
        {"usr/bin/make", "6.1", "lib/modules/6.1/build is missing"},
        {"lib/modules/6.1/build/.config", "6.1", "lib/modules/6.1/build/Makefile is missing"},
        {"lib/modules/6.1/build/Makefile", "6.1", "6.1/build/Module.symvers is missing"},
        {"lib/modules/6.1/build/Module.symvers", "6.1", nullptr},
        {"lib/modules/6.5/build/Makefile", "6.2",
         "6.2/build is missing; it has build trees of 6.1, "
         "6.5"},
        {"lib/modules/6.5/modules.dep", "", "(none given): no kernel is named"},
    };
    for (const auto& step : steps) {
        root.write(step.next, "");
        EXPECT_THAT(refusal(step.kernel), HasSubstr(step.problem == nullptr ? "" : step.problem));
        EXPECT_EQ(refusal(step.kernel).empty(), step.problem == nullptr) << step.next;
    }
}

TEST_F(DirectoryTest, IsADirectory) {
    const TargetSettings file{.kernel = "6.1", .buildRoot = root.write("file", "")};
    try {
        static_cast<void>(directory->fullName(file));
        FAIL();
    } catch (const host::Error& error) {
        EXPECT_EQ(error.fault(), host::Fault::Usage);
        EXPECT_EQ(error.what(), file.buildRoot.string() + " is no directory to build in");
    }
}

/// Before anything is mounted there, and a link of the root's never leads to the host's own.
TEST_F(DirectoryTest, SaysWhereNothingCanBeMounted) {
    for (const char* file : {"Makefile", ".config", "Module.symvers"}) {
        root.write(std::filesystem::path("lib/modules/6.1/build") / file, "");
    }
    root.write("usr/bin/make", "");
    EXPECT_EQ(refusal("6.1"), "");
    for (const std::string name : {"tmp", "proc", "dev"}) {
        const auto place = root.path() / name;
        const std::string start = root.path().string() + " cannot be built in: its /" + name;
        std::filesystem::remove(place);
        EXPECT_EQ(refusal("6.1"), start + " is missing");
        root.write(name, "");
        EXPECT_EQ(refusal("6.1"), start + " is no directory");
        std::filesystem::remove(place);
        const tests::Directory host;
        std::filesystem::create_directory_symlink(host.path() / "x", place);
        std::filesystem::create_directory(host.path() / "x");
        EXPECT_EQ(refusal("6.1"), start + " is a link to " + (host.path() / "x").string() +
                                      ", which is missing there");
        std::filesystem::remove(place);
        std::filesystem::create_directories(root.path() / "var" / name);
        std::filesystem::create_directory_symlink("/var/" + name, place);
        EXPECT_EQ(refusal("6.1"), "");
    }
}

/// As Debian's linux-headers packages have it. What the link means on this machine is no matter.
TEST_F(DirectoryTest, AbsoluteLinksLeadWithinTheRoot) {
    const tests::Directory host;
    for (const char* file : {"Makefile", ".config", "Module.symvers"}) {
        host.write(std::filesystem::path("headers") / file, "the host's");
    }
    root.write("usr/bin/make", "");
    std::filesystem::create_directories(root.path() / "lib/modules/6.1");
    std::filesystem::create_directory_symlink(host.path() / "headers",
                                              root.path() / "lib/modules/6.1/build");
    EXPECT_THAT(refusal("6.1"),
                HasSubstr("lib/modules/6.1/build leads to " + (host.path() / "headers").string() +
                          ", which is missing there; it has build trees of no kernel"));
    const auto inside = root.path() / (host.path() / "headers").relative_path();
    std::filesystem::create_directories(inside.parent_path());
    std::filesystem::copy(host.path() / "headers", inside);
    EXPECT_EQ(refusal("6.1"), "");
}

TEST_F(DirectoryTest, PackagesAreNamedAfterItsOsRelease) {
    root.write("etc/os-release", "ID=fedora\nVERSION_ID=41\n");
    root.write("host-etc/os-release", "ID=flatcar\n"); // where this one is mounted, not what it is
    const Target target = directory->targetOf(wanted("6.11"));
    EXPECT_EQ(target, (Target{"fedora", "41", host::runningKernel().machine, "6.11"}));
    std::filesystem::rename(root.path() / "etc/os-release", root.path() / "etc/fedora");
    std::filesystem::create_symlink("/etc/fedora", root.path() / "etc/os-release");
    EXPECT_EQ(directory->targetOf(wanted("6.11")), target);
}

/// An emulator runs the programs of another machine, and they compile for that one.
TEST_F(DirectoryTest, PackagesAreForTheMachineOfItsPrograms) {
    const std::string own = host::runningKernel().machine;
    const struct {
        const char* make;
        std::string machine;
    } cases[] = {
        {"arm64", "aarch64"}, {"amd64", "x86_64"}, {"script", own}, {"/outside/of/it", own}};
    tests::writeProgramHeader(root, "usr/bin/arm64", EM_AARCH64);
    tests::writeProgramHeader(root, "usr/bin/amd64", EM_X86_64);
    root.write("usr/bin/script", "#!/bin/sh\nexec make-4.3\n");
    for (const auto& test : cases) {
        std::filesystem::remove(root.path() / "usr/bin/make");
        std::filesystem::create_symlink(test.make, root.path() / "usr/bin/make");
        EXPECT_EQ(directory->targetOf(wanted("6.1")).architecture, test.machine) << test.make;
    }
}

TEST_F(DirectoryTest, RollingReleasesHaveNoVersion) {
    const struct {
        const char* osRelease;
        const char* id;
        const char* release;
    } cases[] = {
        {"ID=debian\nVERSION_CODENAME=forky\n", "debian", "forky"}, // sid
        {"ID=arch\nBUILD_ID=rolling\n", "arch", "rolling"},
        {"ID=nixos\nVERSION_ID=\"26.11\"\nVERSION_CODENAME=x\n", "nixos", "26.11"},
        {"NAME=Own\n", "linux", "rolling"},
    };
    for (const auto& it : cases) {
        root.write("usr/lib/os-release", it.osRelease);
        const Target target = directory->targetOf(wanted("7.2"));
        EXPECT_EQ(target.osId, it.id) << it.osRelease;
        EXPECT_EQ(target.osRelease, it.release) << it.osRelease;
    }
}

} // namespace
} // namespace distribution
