#include "precompile/store.h"

#include "tests/precompile/sample.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace precompile {
namespace {

using testing::ElementsAre;

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
    other.osRelease = "4081.3.4";
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
    other.osRelease = "4081.3.4";
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

TEST_F(StoreTest, SameKernelOfAnotherReleaseDoesNotFit) {
    add(tests::sampleIdentity());
    auto wanted = tests::sampleIdentity();
    wanted.osRelease = "4230.2.1";
    EXPECT_EQ(store.find(wanted).file, std::nullopt);
}

TEST_F(StoreTest, EmptyKernelFitsAny) {
    add(tests::sampleIdentity());
    auto wanted = tests::sampleIdentity();
    wanted.kernel.clear();
    EXPECT_TRUE(store.find(wanted).file);
}

TEST_F(StoreTest, TheManifestDecidesNotTheName) {
    auto other = tests::sampleIdentity();
    other.kernel = "6.6.6";
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

TEST_F(StoreTest, PrepareRemovesWhatAKilledWriterLeft) {
    const auto identity = tests::sampleIdentity();
    const auto left =
        sample.directory.write(std::filesystem::path("store") / identity.directoryName() /
                                   (identity.fileName() + ".Ab12Cd"),
                               "half");
    add(identity);
    const auto slot = store.prepare(identity);
    EXPECT_FALSE(std::filesystem::exists(left));
    EXPECT_TRUE(std::filesystem::exists(slot.file));
}

} // namespace
} // namespace precompile
