#include "precompile/share/search.h"
#include "precompile/source/source_directory.h"

#include "host/base/error.h"
#include "tests/unit/precompile/sample.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace precompile {
namespace {

using host::Fault;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Kind = PackageSource::Kind;

/// What one source says, as it comes to the search.
struct Says {
    std::string name;
    std::filesystem::path package = {}; ///< it has this; empty: it has none
    std::optional<Fault> failure = {};  ///< it fails with that
    Kind kind = Kind::Published;
};

class FakeSource : public PackageSource {
  public:
    FakeSource(Says says, std::vector<std::string>& asked)
        : says_(std::move(says)), asked_(asked) {}
    [[nodiscard]] std::string name() const override { return says_.name; }
    [[nodiscard]] Kind kind() const override { return says_.kind; }
    bool has(const PackageIdentity& /*wanted*/) override {
        fail();
        return !says_.package.empty();
    }
    bool fetch(const PackageIdentity& /*wanted*/, const std::filesystem::path& file) override {
        asked_.push_back(says_.name);
        fail();
        if (!says_.package.empty()) {
            host::copyFileAtomic(says_.package, file);
        }
        return !says_.package.empty();
    }

  private:
    void fail() const {
        if (says_.failure) {
            throw host::Error(*says_.failure, "broken", "Mend it.");
        }
    }
    Says says_;
    std::vector<std::string>& asked_;
};

class SearchTest : public testing::Test {
  protected:
    [[nodiscard]] PackageSources open(const std::vector<Says>& all) {
        PackageSources sources;
        for (const Says& says : all) {
            sources.push_back(std::make_unique<FakeSource>(says, asked));
        }
        return sources;
    }
    Search search(std::vector<Says> sources) {
        return {.store = store,
                .acceptance = {.sources = driverSourcesBelow(sample.directory.path())},
                .openSources = [this, sources] { return open(sources); },
                .importDirectory = sample.directory.path() / "imports",
                .runDirectory = sample.directory.path(),
                .observer = {
                    .note = [this](const std::string& text) { told.push_back(text); },
                    .warn = [this](const std::string& text) { told.push_back(text); },
                    .forgive = [this](const host::Error& error) { told.push_back(error.what()); }}};
    }

    tests::SamplePackage sample;
    Store store{sample.directory.path() / "store"};
    PackageIdentity wanted = tests::sampleIdentity();
    std::vector<std::string> asked;
    std::vector<std::string> told;
};

TEST_F(SearchTest, StoreComesFirst) {
    const auto file = store.add(sample.file);
    auto looked = search({{.name = "one", .failure = Fault::Verification}});
    looked.openSources = [] { return ADD_FAILURE() << "nobody is asked", PackageSources(); };
    const auto result = findPackage(looked, wanted);
    ASSERT_TRUE(result.found);
    EXPECT_EQ(result.found->package.file(), file);
}

TEST_F(SearchTest, SourcesAreAskedInOrderUntilOneHasIt) {
    const auto other = [this] {
        auto identity = wanted;
        identity.driver = "1.0";
        return sample.write(identity, "other.tar");
    }();
    const auto result = findPackage(search({{.name = "dead", .failure = Fault::Failed},
                                            {.name = "empty"},
                                            {.name = "wrong", .package = other},
                                            {.name = "good", .package = sample.file},
                                            {.name = "never", .package = sample.file}}),
                                    wanted);
    ASSERT_TRUE(result.found);
    EXPECT_EQ(result.found->package.file(), *store.find(wanted).file);
    EXPECT_TRUE(result.sourceFailed);
    EXPECT_THAT(asked, ElementsAre("dead", "empty", "wrong", "good"));
    EXPECT_THAT(told, ElementsAre(HasSubstr("package source dead failed: broken"),
                                  HasSubstr("empty has no package for driver 535.261.03"),
                                  HasSubstr("wrong has a package for driver 1.0"),
                                  HasSubstr("were not compared"), HasSubstr("Fetched nvidia-")));
}

/// The next source would only hide an attack; but nobody vouches for an import anyway.
TEST_F(SearchTest, WhatDoesNotVerifyEndsTheSearchUnlessItIsAnImport) {
    const struct {
        const char* name;
        Says first;
        bool alone; ///< nobody else can have the package
        std::optional<Fault> ends;
    } cases[] = {
        {"published", {.name = "x", .failure = Fault::Verification}, false, Fault::Verification},
        {"import, others can have it",
         {.name = "x", .failure = Fault::Verification, .kind = Kind::Imported},
         false,
         std::nullopt},
        {"import, nobody else has it",
         {.name = "x", .failure = Fault::NotLoadable, .kind = Kind::Imported},
         true,
         Fault::NotLoadable},
        {"no package at all",
         {.name = "x", .package = sample.directory.write("nonsense", "x")},
         false,
         Fault::Verification},
    };
    for (const auto& test : cases) {
        auto looked = test.alone ? search({test.first}) : search({test.first, {.name = "y"}});
        looked.nothingElse = true;
        try {
            EXPECT_FALSE(findPackage(looked, wanted).found) << test.name;
            EXPECT_EQ(test.ends, std::nullopt) << test.name;
        } catch (const host::Error& error) {
            EXPECT_EQ(error.fault(), test.ends) << test.name;
        }
    }
}

/// The release's directory cannot be made: there is a file.
TEST_F(SearchTest, ReadOnlyStore) {
    sample.directory.write(store.directory() / wanted.directoryName(), "");
    const auto fetched = findPackage(search({{.name = "x", .package = sample.file}}), wanted);
    ASSERT_TRUE(fetched.found);
    ASSERT_TRUE(fetched.found->directory) << "it lives as long as the result";
    EXPECT_EQ(fetched.found->package.file().parent_path(), fetched.found->directory->path());

    const auto imported = findPackage(
        search({{.name = "x", .package = sample.file, .kind = Kind::Imported}}), wanted);
    ASSERT_TRUE(imported.found);
    EXPECT_FALSE(imported.found->directory);
    EXPECT_EQ(imported.found->package.file(),
              *Store(sample.directory.path() / "imports").find(wanted).file);
}

TEST_F(SearchTest, OneArtifactIsTakenWhateverItIsFor) {
    auto identity = wanted;
    identity.target.kernel = "6.6.6";
    const auto other = sample.write(identity, "other.tar");
    const auto result =
        fetchPackage(search({}), open({{.name = "x", .package = other}}), std::nullopt);
    ASSERT_TRUE(result.found);
    EXPECT_EQ(result.found->package.manifest().identity, identity);
}

TEST_F(SearchTest, SourcesSayWhatTheyHave) {
    const auto sources = open({{.name = "dead", .failure = Fault::Failed},
                               {.name = "good", .package = sample.file},
                               {.name = "empty"}});
    const auto until = askSources(sources, wanted, Ask::UntilFound);
    ASSERT_EQ(until.size(), 2U);
    EXPECT_EQ(until[0].error, "broken");
    EXPECT_EQ(until[0].remedy, "Mend it.");
    EXPECT_TRUE(until[1].has);
    EXPECT_EQ(askSources(sources, wanted, Ask::Every).size(), 3U);
    EXPECT_THAT(asked, IsEmpty()) << "nothing is fetched";
}

} // namespace
} // namespace precompile
