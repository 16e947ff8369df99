#include "precompile/package/differences.h"

#include "tests/unit/precompile/sample.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace precompile {
namespace {

using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;

Manifest manifest() {
    return {.identity = tests::sampleIdentity(),
            .compiler = "gcc 12",
            .linker = "ld 2.40",
            .builtBy = "test",
            .builtAt = 1700000000,
            .inputs = {{"compiler", std::string(64, 'a')}},
            .modules = {{.name = "nvidia",
                         .member = "nvidia.ko.zst",
                         .size = 10,
                         .sha256 = std::string(64, 'b'),
                         .vermagic = "6.12",
                         .sourceVersion = "",
                         .depends = {},
                         .core = std::nullopt}},
            .attachments = {}};
}

TEST(Differences, PackageHasNoneWithItself) {
    EXPECT_THAT(differences(manifest(), manifest()), IsEmpty());
}

TEST(Differences, FieldsAreNamedByTheirPlaceInTheManifest) {
    Manifest other = manifest();
    other.compiler = "gcc 13";
    other.inputs = {{"linker", std::string(64, 'c')}};
    other.modules[0].depends = {"drm"};
    const auto found = differences(manifest(), other);
    EXPECT_THAT(found, ElementsAre(Field(&Difference::field, "/compiler"),
                                   Field(&Difference::field, "/inputs/compiler"),
                                   Field(&Difference::field, "/inputs/linker"),
                                   Field(&Difference::field, "/modules/0/depends/0")));
    EXPECT_EQ(found[0].left, "gcc 12");
    EXPECT_EQ(found[0].right, "gcc 13");
    EXPECT_EQ(found[1].right, nullptr) << "only the left one has it";
    EXPECT_EQ(found[2].left, nullptr) << "only the right one has it";
    EXPECT_EQ(found[3].right, "drm");
}

TEST(Differences, ModuleThatIsMissingIsOne) {
    Manifest other = manifest();
    other.modules.clear();
    EXPECT_EQ(differences(manifest(), other).front().field, "/modules/0/encoding");
    EXPECT_EQ(differences(manifest(), other).front().right, nullptr);
}

} // namespace
} // namespace precompile
