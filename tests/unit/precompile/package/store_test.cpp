#include "precompile/package/store.h"

#include "host/base/error.h"
#include "host/base/text.h"
#include "host/crypto/digest.h"
#include "host/process/signals.h"
#include "tests/unit/precompile/sample.h"

#include <csignal>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace precompile {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class StoreTest : public testing::Test {
  protected:
    void add(const PackageIdentity& identity) {
        sample.write(identity, std::filesystem::path("store") / identity.directoryName() /
                                   identity.fileName());
    }
    tests::SamplePackage sample;
    Store store{sample.directory.path() / "store"};
};

TEST_F(StoreTest, MissingStoreIsEmpty) {
    const auto lookup = store.find(tests::sampleIdentity());
    EXPECT_EQ(lookup.file, std::nullopt);
    EXPECT_TRUE(lookup.others.empty());
}

TEST_F(StoreTest, FindsTheOneThatFits) {
    add(tests::sampleIdentity());
    auto other = tests::sampleIdentity();
    other.target.osRelease = "4081.3.4";
    add(other);
    const auto lookup = store.find(tests::sampleIdentity());
    ASSERT_TRUE(lookup.file);
    EXPECT_EQ(lookup.file->parent_path().filename(), "flatcar-4593.2.5-x86_64");
}

TEST_F(StoreTest, FindsTheOneThatFitsUnderAnotherName) {
    sample.write(tests::sampleIdentity(), "store/by-hand/mine.tar");
    const auto lookup = store.find(tests::sampleIdentity());
    ASSERT_TRUE(lookup.file);
    EXPECT_EQ(lookup.file->filename(), "mine.tar");
}

TEST_F(StoreTest, SaysWhyNoneFits) {
    auto other = tests::sampleIdentity();
    other.target.osRelease = "4081.3.4";
    other.flavour = Flavour::Open;
    other.tag = "x";
    add(other);
    const auto lookup = store.find(tests::sampleIdentity());
    EXPECT_EQ(lookup.file, std::nullopt);
    ASSERT_EQ(lookup.others.size(), 1U);
    EXPECT_THAT(lookup.others[0].reasons,
                ElementsAre("release is 4081.3.4, wanted is 4593.2.5",
                            "flavour is open, wanted is proprietary", "tag is x, wanted is none"));
}

/// As a fleet's store is: the ten that are nearest are named, the others counted.
TEST_F(StoreTest, OfManyPackagesTheNearestAreNamed) {
    const auto wanted = tests::sampleIdentity();
    for (int number = 0; number < 12; ++number) {
        auto other = wanted;
        other.target.osRelease = fmt::format("4081.3.{}", number);
        other.target.kernel = fmt::format("6.6.{}-flatcar", number % 4);
        add(other);
        other.driver = "550.90.07";
        add(other);
    }
    auto near = wanted;
    near.flavour = Flavour::Open;
    add(near);
    sample.directory.write("store/aaa.tar", "nonsense");
    const std::string damaged = wanted.fileName();
    sample.directory.write(std::filesystem::path("store") / wanted.directoryName() / damaged, "x");
    const auto lookup = store.find(wanted);
    EXPECT_EQ(lookup.others.size(), 27U);
    const auto lines = host::split(store.describeMiss(wanted, lookup), '\n');
    ASSERT_EQ(lines.size(), 12U);
    EXPECT_THAT(lines[0], HasSubstr("fits driver 535.261.03 (proprietary)"));
    EXPECT_THAT(lines[1], HasSubstr("  " + damaged + ": "));
    EXPECT_EQ(lines[2], "  " + near.fileName() + ": flavour is open, wanted is proprietary");
    EXPECT_THAT(lines[3], testing::EndsWith(": release is 4081.3.0, wanted is 4593.2.5; kernel is "
                                            "6.6.0-flatcar, wanted is 6.12.102-flatcar"));
    EXPECT_THAT(std::vector(lines.begin() + 3, lines.end() - 1),
                testing::Each(HasSubstr("nvidia-modules-535.261.03-proprietary-")));
    EXPECT_EQ(lines[11], "  and 17 more: 4 of driver 535.261.03 for 4 kernels, "
                         "12 of driver 550.90.07 for 4 kernels, 1 no package");
}

TEST_F(StoreTest, SameKernelOfAnotherReleaseDoesNotFit) {
    add(tests::sampleIdentity());
    auto wanted = tests::sampleIdentity();
    wanted.target.osRelease = "4230.2.1";
    EXPECT_EQ(store.find(wanted).file, std::nullopt);
}

TEST_F(StoreTest, EmptyKernelFitsAny) {
    add(tests::sampleIdentity());
    auto wanted = tests::sampleIdentity();
    wanted.target.kernel.clear();
    EXPECT_TRUE(store.find(wanted).file);
}

TEST_F(StoreTest, TheManifestDecidesNotTheName) {
    auto other = tests::sampleIdentity();
    other.target.kernel = "6.6.6";
    const auto wanted = tests::sampleIdentity();
    sample.write(other,
                 std::filesystem::path("store") / wanted.directoryName() / wanted.fileName());
    EXPECT_EQ(store.find(wanted).file, std::nullopt);
}

TEST_F(StoreTest, DamagedPackageIsAReasonNotAnError) {
    sample.directory.write("store/flatcar-1/x.tar", "nonsense");
    const auto lookup = store.find(tests::sampleIdentity());
    ASSERT_EQ(lookup.others.size(), 1U);
    EXPECT_EQ(lookup.others[0].reasons.size(), 1U);
}

TEST_F(StoreTest, OnlyWhatAKilledWriterLeftIsRemoved) {
    const auto identity = tests::sampleIdentity();
    const auto directory = std::filesystem::path("store") / identity.directoryName();
    const auto write = [&](const std::string& name) {
        return sample.directory.write(directory / name, "mine");
    };
    const auto left = write(".driverctl-tmp-Ab12Cd");
    const std::vector<std::filesystem::path> others = {
        write(identity.fileName() + ".Ab12Cd"), write(identity.fileName() + ".backup"),
        write("notes.tar.gz"), write("x.tar.asc"), write(".driverctl-tmp-mine")};
    static_cast<void>(store.prepare(identity));
    EXPECT_EQ(store.add(sample.file), sample.directory.path() / directory / identity.fileName());
    EXPECT_FALSE(std::filesystem::exists(left));
    for (const auto& other : others) {
        EXPECT_TRUE(std::filesystem::exists(other)) << other;
    }
}

TEST_F(StoreTest, SignalIsHeardWhileAnotherWriterHoldsTheLock) {
    const auto writer = store.prepare(tests::sampleIdentity());
    host::SignalSet stop{SIGUSR1};
    ::kill(::getpid(), SIGUSR1);
    EXPECT_THROW(static_cast<void>(store.add(sample.file, &stop)), host::Interrupted);
}

TEST_F(StoreTest, OddEntriesAreFindingsAndHideNoPackage) {
    namespace fs = std::filesystem;
    add(tests::sampleIdentity());
    const auto root = sample.directory.path() / "store";
    fs::create_symlink("loop.tar", root / "loop.tar");
    fs::create_symlink("nowhere", root / "dangling.tar");
    ASSERT_EQ(::mkfifo((root / "fifo.tar").c_str(), 0600), 0);
    fs::copy_file(sample.file, root / "caf\xe9.tar");
    sample.directory.write("store/damaged.tar", "nonsense");
    fs::create_directory(root / "directory.tar");
    const auto list = store.list();
    std::vector<std::string> findings;
    for (const auto& verdict : list) {
        if (!verdict.reasons.empty()) {
            findings.push_back(verdict.file.filename());
        }
    }
    EXPECT_EQ(list.size(), 6U);
    EXPECT_THAT(findings, testing::UnorderedElementsAre("loop.tar", "dangling.tar", "fifo.tar",
                                                        "caf\xe9.tar", "damaged.tar"));
    EXPECT_TRUE(store.find(tests::sampleIdentity()).file);
    auto wanted = tests::sampleIdentity();
    wanted.tag = "other";
    EXPECT_EQ(store.find(wanted).others.size(), 6U);
    // Where the package would be.
    fs::create_directories(root / wanted.directoryName());
    fs::create_symlink(wanted.fileName(), root / wanted.directoryName() / wanted.fileName());
    EXPECT_EQ(store.find(wanted).file, std::nullopt);
}

TEST_F(StoreTest, WhatIsNoDirectoryCannotBeListed) {
    sample.directory.write("store", "x");
    EXPECT_THROW(static_cast<void>(store.list()), host::Error);
}

TEST_F(StoreTest, OldPackagesAreSuperfluousButTheLoadedOne) {
    const auto put = [this](const char* release, std::int64_t builtAt, Flavour flavour) {
        auto identity = tests::sampleIdentity();
        identity.target.osRelease = release;
        identity.flavour = flavour;
        return sample.write(identity, store.prepare(identity).file, builtAt);
    };
    const auto oldest = put("1.2.0", 100, Flavour::Open);
    const auto old = put("2.2.0", 200, Flavour::Open);
    put("3.2.0", 300, Flavour::Open);
    put("1.2.0", 50, Flavour::Proprietary); // another kind: its newest
    std::vector<std::string> warnings;
    const host::Observer observer{
        .warn = [&warnings](const std::string& text) { warnings.push_back(text); }};
    EXPECT_THAT(store.superfluous(1, "", observer), ElementsAre(old, oldest));
    EXPECT_THAT(store.superfluous(2, "", observer), ElementsAre(oldest));
    EXPECT_THAT(store.superfluous(1, host::digestOfFile(old), observer), ElementsAre(oldest));
    EXPECT_THAT(warnings, testing::IsEmpty());
    sample.directory.write("store/nonsense.tar", "x");
    EXPECT_THAT(store.superfluous(3, "", observer), testing::IsEmpty());
    EXPECT_THAT(warnings, ElementsAre(HasSubstr("nonsense.tar")));
}

} // namespace
} // namespace precompile
