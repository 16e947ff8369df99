#include "precompile/share/package_index.h"

#include "host/base/error.h"
#include "host/crypto/digest.h"
#include "tests/unit/precompile/sample.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace precompile {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

IndexEntry entry() {
    return {.file = "flatcar-4593.2.5-x86_64/package.tar",
            .size = 4711,
            .sha256 = std::string(64, 'a'),
            .identity = tests::sampleIdentity(),
            .builtAt = 1700000000,
            .signedBy = {"k"}};
}

std::string refusal(const std::string& text) {
    try {
        indexFromJson(text, "index.json");
    } catch (const host::Error& error) {
        return error.what();
    }
    return "";
}

/// The message for a good index in which one value is another.
std::string changed(const std::string& pointer, const nlohmann::json& value) {
    auto document = nlohmann::json::parse(indexToJson({entry()}));
    document[nlohmann::json::json_pointer(pointer)] = value;
    return refusal(document.dump());
}

TEST(PackageIndex, HasExactlyTheseFields) {
    EXPECT_EQ(nlohmann::json::parse(indexToJson({entry()})), nlohmann::json::parse(R"({
        "format": 1,
        "packages": [{"file": "flatcar-4593.2.5-x86_64/package.tar", "size": 4711,
                      "sha256": ")" + std::string(64, 'a') + R"(",
                      "os": "flatcar", "release": "4593.2.5", "architecture": "x86_64",
                      "kernel": "6.12.102-flatcar", "driver": "535.261.03",
                      "flavour": "proprietary", "tag": "", "built_at": 1700000000,
                      "signed_by": ["k"]}]})"));
}

TEST(PackageIndex, IsReadAsItWasWrittenAndSorted) {
    auto second = entry();
    second.file = "a.tar";
    second.identity.flavour = Flavour::Open;
    const auto read = indexFromJson(indexToJson({entry(), second}), "index.json");
    ASSERT_THAT(read, SizeIs(2));
    EXPECT_EQ(read[0].file, "a.tar");
    EXPECT_EQ(read[1].identity, tests::sampleIdentity());
    EXPECT_EQ(read[1].size, 4711U);
    EXPECT_EQ(read[1].builtAt, 1700000000);
    EXPECT_EQ(read[1].signedBy, std::vector<std::string>{"k"});
    EXPECT_EQ(findInIndex(read, second.identity)->file, "a.tar");
    second.identity.target.kernel.clear();
    EXPECT_EQ(findInIndex(read, second.identity)->file, "a.tar");
    second.identity.driver = "1";
    EXPECT_FALSE(findInIndex(read, second.identity));
}

TEST(PackageIndex, UnknownFieldsAreIgnored) {
    EXPECT_EQ(changed("/packages/0/colour", "green"), "");
    EXPECT_EQ(changed("/generator", 1), "");
}

TEST(PackageIndex, WhatIsWrongIsNamed) {
    EXPECT_THAT(changed("/format", 2), HasSubstr("index.json has the index format 2"));
    EXPECT_THAT(changed("/packages", 1), HasSubstr("packages is no list"));
    EXPECT_THAT(changed("/packages/0", 1), HasSubstr("packages[0] is no object"));
    for (const char* file : {"/etc/passwd", "../x.tar", "a/../../x.tar", "", ".", "a/", "a//b.tar",
                             "./a.tar", "http://h/x.tar", "a b.tar", "a?b.tar", "a%2e.tar"}) {
        EXPECT_THAT(changed("/packages/0/file", file), HasSubstr("no path inside")) << file;
    }
    for (const nlohmann::json& size : {nlohmann::json(0), nlohmann::json(std::uint64_t{1} << 40)}) {
        EXPECT_THAT(changed("/packages/0/size", size), HasSubstr("bytes, a package has"));
    }
    EXPECT_THAT(changed("/packages/0/size", -1), HasSubstr("packages[0].size is no whole number"));
    EXPECT_THAT(changed("/packages/0/size", 1.5), HasSubstr("packages[0].size is no whole number"));
    EXPECT_THAT(changed("/packages/0/built_at", 1e45),
                HasSubstr("packages[0].built_at is no whole number"));
    for (const nlohmann::json& time : {nlohmann::json(-1), nlohmann::json(253'402'300'800)}) {
        EXPECT_THAT(changed("/packages/0/built_at", time), HasSubstr("which is no time"));
    }
    EXPECT_THAT(changed("/format", 1e45), HasSubstr("format is no whole number"));
    EXPECT_THAT(changed("/packages/0/sha256", "A"), HasSubstr("packages[0].sha256 is no digest"));
    EXPECT_THAT(changed("/packages/0/flavour", "sweet"), HasSubstr("sweet"));
    EXPECT_THAT(changed("/packages/0/kernel", "../6"), HasSubstr("../6"));
    EXPECT_THAT(changed("/packages/0/kernel", ""), HasSubstr("packages[0].kernel is empty"));
    EXPECT_THAT(changed("/packages/0/signed_by", "k"),
                HasSubstr("packages[0].signed_by is no list"));
    for (const char* text : {"", "[]", "{", "null", "{}"}) {
        EXPECT_THAT(refusal(text), HasSubstr("index.json is no valid package index")) << text;
    }
}

TEST(PackageIndex, DeepNestingIsRefused) {
    const std::string deep(8 << 20, '[');
    EXPECT_THAT(refusal(R"({"format": 1, "packages": [)" + deep), HasSubstr("nested deeper"));
}

TEST(PackageIndex, DuplicatesAreRefused) {
    EXPECT_THAT(refusal(R"({"format": 1, "format": 1, "packages": []})"), HasSubstr("twice"));
    EXPECT_THAT(refusal(indexToJson({entry(), entry()})), HasSubstr("package.tar twice"));
    auto second = entry();
    second.file = "b.tar";
    EXPECT_THAT(refusal(indexToJson({entry(), second})), HasSubstr("are both for driver"));
}

TEST(PackageIndex, IsWrittenForADirectory) {
    tests::SamplePackage sample;
    const auto identity = tests::sampleIdentity();
    const auto name = std::filesystem::path(identity.directoryName()) / identity.fileName();
    const auto file = sample.write(identity, "store" / name);
    const auto store = sample.directory.path() / "store";
    EXPECT_THAT(writeIndex(store).refused, SizeIs(0));
    const auto read = indexFromJson(host::readFile(store / kIndexName), "index.json");
    ASSERT_THAT(read, SizeIs(1));
    EXPECT_EQ(read[0].file, name.string());
    EXPECT_EQ(read[0].sha256, host::digestOfFile(file));
    EXPECT_EQ(read[0].size, host::fileSize(file));

    EXPECT_THROW(writeIndex(store / "missing"), host::Error);
}

/// What nobody could use is left out and named; the rest is there.
TEST(PackageIndex, OddEntriesAreLeftOut) {
    tests::SamplePackage sample;
    const auto identity = tests::sampleIdentity();
    const auto name = std::filesystem::path(identity.directoryName()) / identity.fileName();
    sample.write(identity, "store" / name);
    sample.write(identity, "store/a/the-same-again.tar");
    auto other = identity;
    other.tag = "x";
    sample.write(other, "store/with blank.tar");
    sample.directory.write("store/damaged.tar", "nonsense");
    const auto damaged =
        tests::rewritten(sample.file, [](const std::string& member, const std::string& content) {
            return member == kManifestName ? std::optional(content) : std::nullopt;
        });
    host::TarWriter writer(sample.directory.path() / "store/signature.tar", 0);
    const std::string manifest = Package(damaged).manifestText();
    writer.add(kManifestName, std::as_bytes(std::span(manifest)));
    writer.add(kSignatureName, std::as_bytes(std::span("{")));
    writer.close();
    const auto store = sample.directory.path() / "store";
    const auto written = writeIndex(store);
    std::vector<std::string> refused;
    for (const auto& verdict : written.refused) {
        EXPECT_THAT(verdict.reasons, SizeIs(1)) << verdict.file;
        refused.push_back(verdict.file.filename());
    }
    EXPECT_THAT(refused, testing::UnorderedElementsAre("the-same-again.tar", "with blank.tar",
                                                       "damaged.tar", "signature.tar"));
    const auto read = indexFromJson(host::readFile(store / kIndexName), "index.json");
    ASSERT_THAT(read, SizeIs(1));
    EXPECT_EQ(read[0].file, name.string());
}

} // namespace
} // namespace precompile
