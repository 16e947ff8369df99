/// Directories and the forms of sources. Servers: tests/system/test_registry.py.
#include "precompile/share/sources.h"

#include "host/base/error.h"
#include "host/crypto/digest.h"
#include "tests/unit/precompile/sample.h"

#include <gtest/gtest.h>

namespace precompile {
namespace {

TEST(PackageSource, DirectoryGivesThePackageThatFits) {
    tests::SamplePackage sample;
    auto wanted = tests::sampleIdentity();
    const auto file =
        sample.write(wanted, std::filesystem::path("source") / wanted.directoryName() / "x.tar");
    const auto source = openSource((sample.directory.path() / "source").string(), {});
    const auto copy = sample.directory.path() / "copy.tar";
    EXPECT_TRUE(source->fetch(wanted, copy));
    EXPECT_EQ(host::digestOfFile(copy), host::digestOfFile(file));
    wanted.driver = "1.0";
    EXPECT_FALSE(source->fetch(wanted, sample.directory.path() / "none.tar"));
    EXPECT_FALSE(std::filesystem::exists(sample.directory.path() / "none.tar"));
}

/// One that is damaged is not one that is missing; others of the directory may be what they are.
TEST(PackageSource, DirectoryWhosePackageIsDamagedSaysSo) {
    const tests::SamplePackage sample;
    const auto wanted = tests::sampleIdentity();
    const struct {
        std::filesystem::path place;
        bool isRefused;
    } cases[] = {{std::filesystem::path(wanted.directoryName()) / wanted.fileName(), true},
                 {wanted.fileName(), true},
                 {std::filesystem::path("flatcar-1.2.3-x86_64") / wanted.fileName(), false},
                 {"other.tar", false}};
    for (const auto& test : cases) {
        const tests::Directory directory;
        const auto damaged = directory.write(test.place, "damage");
        const auto source = openSource(directory.path().string(), {});
        const auto copy = directory.path() / "copy";
        try {
            EXPECT_FALSE(source->has(wanted) || source->fetch(wanted, copy)) << test.place;
            EXPECT_FALSE(test.isRefused) << test.place;
        } catch (const host::Error& error) {
            EXPECT_EQ(error.fault(), host::Fault::Verification);
            EXPECT_NE(std::string(error.what()).find(damaged.string()), std::string::npos);
        }
        std::filesystem::copy_file(sample.file, directory.path() / "whole.tar");
        EXPECT_TRUE(source->has(wanted)) << "what fits is taken";
    }
}

TEST(PackageSource, DirectoryThatIsNotThereIsAnError) {
    const tests::Directory directory;
    const auto source = openSource((directory.path() / "missing").string(), {});
    EXPECT_THROW(source->fetch(tests::sampleIdentity(), directory.path() / "x.tar"), host::Error);
}

TEST(PackageSource, WhatIsNoSourceIsWrongUsage) {
    for (const char* text : {"", "ftp://h/x", "oci://h", "http://me:secret@h/", "https://h/?x=1",
                             "https://h/#x", "http://"}) {
        try {
            static_cast<void>(openSource(text, {}));
            ADD_FAILURE() << text;
        } catch (const host::Error& error) {
            EXPECT_EQ(std::string(error.what()).find("secret"), std::string::npos);
        }
    }
}

TEST(PackageSource, OneArtifactByTagOrDigest) {
    EXPECT_TRUE(namesOnePackage("oci://h/r:t"));
    EXPECT_TRUE(namesOnePackage("oci://h/r@sha256:" + std::string(64, '0')));
    EXPECT_FALSE(namesOnePackage("oci://h:5000/r"));
    EXPECT_FALSE(namesOnePackage("/srv/packages"));
    EXPECT_FALSE(namesOnePackage("https://h/x"));
}

} // namespace
} // namespace precompile
