#include "host/archive/zstd.h"
#include "host/base/error.h"
#include "host/process/process.h"
#include "precompile/package/acceptance.h"
#include "precompile/package/signature.h"
#include "precompile/source/source_directory.h"
#include "tests/unit/precompile/sample.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace precompile {
namespace {

using nlohmann::json;
using testing::HasSubstr;

std::string repeated(const std::string& text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) {
        all += text;
    }
    return all;
}

class HostilePackage : public testing::Test {
  protected:
    /// The manifest's JSON changed, the rest as it was.
    [[nodiscard]] std::filesystem::path
    withManifest(const std::function<void(json& manifest)>& change) const {
        return tests::rewritten(
            sample.file, [&](const std::string& name, const std::string& content) {
                json document = name == kManifestName ? json::parse(content) : json();
                if (document.is_null()) {
                    return content;
                }
                change(document);
                return document.dump();
            });
    }
    [[nodiscard]] std::filesystem::path withMember(const std::string& member,
                                                   const std::string& text) const {
        return tests::rewritten(sample.file,
                                [&](const std::string& name, const std::string& content) {
                                    return name == member ? text : content;
                                });
    }
    [[nodiscard]] std::string refusal(const std::filesystem::path& file) const {
        try {
            const Package package(file);
            requireAcceptable(package, {.sources = driverSourcesBelow(sample.directory.path())},
                              {});
            for (const auto& module : package.manifest().modules) {
                static_cast<void>(package.restore(module, sample.source.directory));
            }
        } catch (const host::Error& error) {
            return error.what();
        }
        return "";
    }
    tests::SamplePackage sample;
};

TEST_F(HostilePackage, TheSampleItselfIsFine) {
    EXPECT_EQ(refusal(sample.file), "");
}

TEST_F(HostilePackage, NamesThatLeaveTheDirectory) {
    const auto append = [&](const std::string& options) {
        const auto file = sample.directory.path() / "appended.tar";
        std::filesystem::copy_file(sample.file, file,
                                   std::filesystem::copy_options::overwrite_existing);
        host::runChecked({.argv = {"sh", "-ec", "touch x; tar -rPf appended.tar " + options + " x"},
                          .workingDirectory = sample.directory.path()});
        return file;
    };
    EXPECT_THAT(refusal(append("--transform 's,^,../../,'")),
                HasSubstr("'../../x' has a name that is no plain relative path"));
    EXPECT_THAT(refusal(append("--transform 's,^,/etc/,'")), HasSubstr("'/etc/x' has a name"));
    EXPECT_THAT(refusal(append("--transform 's,x,manifest.json,'")),
                HasSubstr("'manifest.json' is there twice"));
    EXPECT_THAT(refusal(append("")), HasSubstr("has no use for the member x"));
}

/// The size in the header of the tar: 11 octal digits at 124; its checksum at 148.
TEST_F(HostilePackage, MemberThatClaimsToBeHuge) {
    std::string tar = host::readFile(sample.file);
    const auto at = tar.rfind("nvidia-uvm.ko.zst");
    ASSERT_EQ(at % 512, 0U);
    tar.replace(at + 124, 11, "77777777777");
    tar.replace(at + 148, 8, "        ");
    unsigned sum = 0;
    for (std::size_t i = 0; i < 512; ++i) {
        sum += static_cast<unsigned char>(tar[at + i]);
    }
    tar.replace(at + 148, 7, fmt::format("{:06o}", sum) + std::string(1, '\0'));
    EXPECT_THAT(refusal(sample.directory.write("huge.tar", tar)),
                HasSubstr("'nvidia-uvm.ko.zst' claims to be larger than the archive"));
}

TEST_F(HostilePackage, DeepNesting) {
    const std::string deep = repeated("[", 200'000) + repeated("]", 200'000);
    EXPECT_THAT(refusal(withMember(kManifestName, deep)), HasSubstr("nested deeper than 16"));
    EXPECT_THAT(refusal(withMember(kManifestName, R"({"modules": )" + deep + "}")),
                HasSubstr("nested deeper than 16"));
    EXPECT_THAT(refusal(withMember(kManifestName, repeated(R"({"a":)", 100'000))),
                HasSubstr("nested deeper than 16"));
}

TEST_F(HostilePackage, ManifestThatCanBeReadTwoWays) {
    std::string text = Package(sample.file).manifestText();
    text.insert(1, R"("kernel": "6.1.0",)");
    EXPECT_THAT(refusal(withMember(kManifestName, text)),
                HasSubstr("has the field 'kernel' twice"));
    EXPECT_THAT(refusal(withMember(kManifestName, std::string(2 << 20, ' '))),
                HasSubstr("'manifest.json' holds 2097152 bytes, at most 1048576 are allowed"));
}

TEST_F(HostilePackage, Bombs) {
    const auto zeros = [](std::size_t size) {
        const std::string content(size, '\0');
        return host::zstdCompress(std::as_bytes(std::span(content)), {}, 1);
    };
    EXPECT_THAT(refusal(withMember("nvidia-uvm.ko.zst", zeros(8 << 20))),
                HasSubstr(fmt::format("does not announce {} bytes", sample.uvm.size())));
    EXPECT_THAT(refusal(withMember("nvidia-uvm.ko.zst", std::string(10'000, 'x'))),
                HasSubstr("'nvidia-uvm.ko.zst' holds 10000 bytes, at most"));
    EXPECT_THAT(refusal(withManifest([](json& manifest) {
                    manifest["modules"][1]["size"] = std::uint64_t{1} << 40;
                })),
                HasSubstr("modules[1].size is 1099511627776, which is out of range"));
    EXPECT_THAT(refusal(withManifest([](json& manifest) {
                    manifest["modules"] = std::vector<json>(65, manifest["modules"][1]);
                })),
                HasSubstr("modules has 65 entries, at most 64"));
}

TEST_F(HostilePackage, ChangedOrMissingAttachment) {
    const std::string sbom = Package(sample.file).attachment(kSbomName);
    std::string changed = sbom;
    changed[changed.find("NVIDIA")] = 'M';
    EXPECT_THAT(refusal(withMember(kSbomName, changed)), HasSubstr("sbom.spdx.json of package"));
    EXPECT_THAT(refusal(withMember(kSbomName, sbom + " ")), HasSubstr("'sbom.spdx.json' holds"));
    EXPECT_THAT(refusal(withMember(kSbomName, "")), HasSubstr("is not what was packed"));
    EXPECT_THAT(
        refusal(tests::rewritten(
            sample.file,
            [](const std::string& name, const std::string& content) -> std::optional<std::string> {
                return name == kProvenanceName ? std::nullopt : std::optional(content);
            })),
        HasSubstr("lacks the member provenance.json"));
}

/// What driverctl wrote before there were attachments stays readable.
TEST_F(HostilePackage, OlderPackageWithoutAttachmentsIsFine) {
    const auto older = tests::rewritten(
        sample.file,
        [](const std::string& name, const std::string& content) -> std::optional<std::string> {
            if (name == kManifestName) {
                json manifest = json::parse(content);
                manifest.erase("attachments");
                return manifest.dump();
            }
            return name.ends_with(".json") ? std::nullopt : std::optional(content);
        });
    EXPECT_EQ(refusal(older), "");
    EXPECT_THAT([&] { static_cast<void>(Package(older).attachment(kSbomName)); },
                testing::ThrowsMessage<host::Error>(HasSubstr("has no sbom.spdx.json")));
}

} // namespace
} // namespace precompile
