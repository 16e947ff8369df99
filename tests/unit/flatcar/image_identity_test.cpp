#include "flatcar/image_identity.h"

#include "host/base/error.h"
#include "tests/unit/program_header.h"
#include "tests/unit/temporary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace flatcar {
namespace {

using testing::HasSubstr;

class ImageIdentity : public testing::Test {
  protected:
    void describe(const std::string& version, const std::string& more,
                  const std::string& id = "4593.2.5") const {
        root.write("usr/lib/os-release",
                   "ID=flatcar\nVERSION=" + version + "\nVERSION_ID=" + id + "\n" + more);
    }
    /// Empty: accepted.
    [[nodiscard]] std::string refusal(const Release& wanted = {"4593.2.5", "stable",
                                                               "amd64-usr"}) const {
        try {
            requireIdentity(root.path(), wanted);
        } catch (const host::Error& error) {
            EXPECT_EQ(error.fault(), host::Fault::Verification);
            return error.what();
        }
        return "";
    }

    tests::Directory root;
};

TEST_F(ImageIdentity, TheReleaseItselfIsAccepted) {
    describe("4593.2.5", "FLATCAR_BOARD=\"amd64-usr\"\n");
    root.write("usr/share/flatcar/release",
               "FLATCAR_RELEASE_VERSION=4593.2.5\nFLATCAR_RELEASE_BOARD=\"amd64-usr\"\n");
    tests::writeProgramHeader(root, "usr/x/gcc-14", EM_X86_64);
    std::filesystem::create_directories(root.path() / "usr/bin");
    std::filesystem::create_symlink("/usr/x/gcc-14", root.path() / "usr/bin/gcc");
    EXPECT_EQ(refusal(), "");
}

TEST_F(ImageIdentity, AnotherReleaseIsNamed) {
    describe("3815.2.5", "", "3815.2.5");
    EXPECT_THAT(refusal(), HasSubstr("4593.2.5"));
    EXPECT_THAT(refusal(), HasSubstr("3815.2.5"));
    describe("4593.2.5", "");
    EXPECT_EQ(refusal(), "");
    root.write("usr/share/flatcar/release", "FLATCAR_RELEASE_VERSION=4593.2.4\n");
    EXPECT_THAT(refusal(), HasSubstr("4593.2.4"));
}

TEST_F(ImageIdentity, NightlyAndReleaseAreTwo) {
    const Release nightly{"4593.2.5+nightly-20260101-2100", "stable", "amd64-usr"};
    describe("4593.2.5+nightly-20260101-2100", "");
    EXPECT_THAT(refusal(), HasSubstr("nightly"));
    EXPECT_EQ(refusal(nightly), "");
    describe("4593.2.5+nightly-20260102-2100", "");
    EXPECT_NE(refusal(nightly), "");
    describe("4593.2.5", "BUILD_ID=nightly-20260101-2100\n");
    EXPECT_EQ(refusal(nightly), "");
    describe("4593.2.5", "BUILD_ID=2026-01-01-2100\n");
    EXPECT_NE(refusal(nightly), "");
    EXPECT_EQ(refusal(), "");
    root.write("usr/share/flatcar/release",
               "FLATCAR_RELEASE_VERSION=4593.2.5+nightly-20260101-2100\n");
    EXPECT_THAT(refusal(), HasSubstr("nightly"));
}

TEST_F(ImageIdentity, AnotherBoardIsNamed) {
    describe("4593.2.5", "FLATCAR_BOARD=\"arm64-usr\"\n");
    EXPECT_THAT(refusal(), HasSubstr("arm64-usr"));
    describe("4593.2.5", "COREOS_BOARD=\"arm64-usr\"\n");
    EXPECT_THAT(refusal(), HasSubstr("arm64-usr"));
    describe("4593.2.5", "");
    root.write("usr/share/flatcar/release", "FLATCAR_RELEASE_BOARD=\"arm64-usr\"\n");
    EXPECT_THAT(refusal(), HasSubstr("arm64-usr"));
}

TEST_F(ImageIdentity, ProgramsForAnotherMachineAreRefused) {
    describe("4593.2.5", "FLATCAR_BOARD=\"amd64-usr\"\n");
    tests::writeProgramHeader(root, "usr/bin/make", EM_AARCH64);
    EXPECT_THAT(refusal(), HasSubstr("make is a program for aarch64"));
    tests::writeProgramHeader(root, "usr/bin/make", EM_X86_64);
    root.write("usr/bin/gcc", "#!/bin/sh\n");
    EXPECT_EQ(refusal(), "");
    tests::writeProgramHeader(root, "usr/bin/gcc", EM_ARM);
    EXPECT_THAT(refusal(), HasSubstr("ELF machine 40"));
}

TEST_F(ImageIdentity, ImageThatDoesNotSayWhatItIs) {
    EXPECT_NE(refusal(), "");
    root.write("usr/lib/os-release", "ID=debian\nVERSION_ID=4593.2.5\n");
    EXPECT_THAT(refusal(), HasSubstr("'debian'"));
    root.write("usr/lib/os-release", "ID=flatcar\n");
    EXPECT_NE(refusal(), "");
}

/// The image must not speak through the files of the machine that looks at it.
TEST_F(ImageIdentity, LinksLeadNowhereOutside) {
    const tests::Directory outside;
    const auto file = outside.write("os-release", "ID=flatcar\nVERSION_ID=4593.2.5\n");
    std::filesystem::create_directories(root.path() / "usr/lib");
    std::filesystem::create_symlink(file, root.path() / "usr/lib/os-release");
    EXPECT_NE(refusal(), "");
}

} // namespace
} // namespace flatcar
