#include "precompile/compatibility/source_patch.h"

#include "host/base/error.h"
#include "host/base/file.h"
#include "tests/unit/temporary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace precompile {
namespace {

using testing::HasSubstr;

constexpr const char* kPatch = R"(The reason.
+ is no line of a hunk yet.

--- a/one/file.c
+++ b/one/file.c
@@ -10,3 +10,3 @@ int main() {
     before
-    old
+    new
+    newer
     behind
@@ -90 +91 @@
-last
+really last
--- a/other.c
+++ b/other.c
@@ -1 +1 @@
-a
+b
)";

class SourcePatchTest : public testing::Test {
  protected:
    void write(const std::string& one, const std::string& other) const {
        directory.write("one/file.c", one);
        directory.write("other.c", other);
    }
    [[nodiscard]] std::string read(const char* file) const {
        return host::readFile(sources / file);
    }

    tests::Directory directory;
    std::filesystem::path sources = directory.path();
    SourcePatch patch{"some.patch", kPatch};
};

TEST_F(SourcePatchTest, IsAppliedWhereverItsLinesAre) {
    write("int x;\n    before\n    old\n    behind\nlast\n", "a\n");
    EXPECT_TRUE(patch.fits(sources));
    patch.apply(sources);
    EXPECT_EQ(read("one/file.c"),
              "int x;\n    before\n    new\n    newer\n    behind\nreally last\n");
    EXPECT_EQ(read("other.c"), "b\n");
    EXPECT_FALSE(patch.fits(sources));
}

TEST_F(SourcePatchTest, IsExactOrNothing) {
    struct Case {
        const char* what;
        const char* one;
        const char* other;
        const char* file;
    };
    const std::string good = "    before\n    old\n    behind\nlast\n";
    const std::string twice = good + good;
    const Case cases[] = {
        {"its lines are not there", "    before\n    new\n    behind\nlast\n", "a\n", "one/file.c"},
        {"blanks differ", "  before\n    old\n    behind\nlast\n", "a\n", "one/file.c"},
        {"they are there twice", twice.c_str(), "a\n", "one/file.c"},
        {"the second file differs", good.c_str(), "c\n", "other.c"},
    };
    for (const auto& [what, one, other, file] : cases) {
        SCOPED_TRACE(what);
        write(one, other);
        EXPECT_FALSE(patch.fits(sources));
        try {
            patch.apply(sources);
            ADD_FAILURE() << "it was applied";
        } catch (const host::Error& error) {
            EXPECT_THAT(error.what(), HasSubstr("some.patch does not fit "));
            EXPECT_THAT(error.what(), HasSubstr(file));
        }
        EXPECT_EQ(read("one/file.c"), one);
        EXPECT_EQ(read("other.c"), other);
    }
    std::filesystem::remove(sources / "other.c");
    EXPECT_FALSE(patch.fits(sources));
}

TEST(SourcePatch, ThatIsNoneIsRefused) {
    for (const char* text :
         {"", "only a reason\n", "--- a/x\n+++ b/x\n", "--- a/x\n+++ b/x\n@@ -1 +1 @@\n+new\n",
          "--- a/x\n+++ b/x\n@@ -1 +1 @@\n same\n", "--- a/x\n+++ b/\n@@ -1 +1 @@\n-a\n+b\n"}) {
        EXPECT_THROW(SourcePatch("none.patch", text), host::Error) << text;
    }
    EXPECT_THROW(carriedPatch("none.patch"), host::Error);
}

/// As in NVIDIA's sources from 530 on; those that know four arguments have an #if in between.
TEST_F(SourcePatchTest, OfPciResizeResourceTellsWhoNeedsIt) {
    const std::string comment = "    /* Attempt to resize BAR1 to the largest supported size */\n";
    const std::string call = "    r = pci_resize_resource(pci_dev, NV_GPU_BAR1, requested_size);\n";
    const SourcePatch& resize = carriedPatch("pci-resize-resource.patch");
    directory.write("nvidia/nv-pci.c", "resize:\n" + comment + "#else\n" + call + "#endif\n");
    EXPECT_FALSE(resize.fits(sources));
    directory.write("nvidia/nv-pci.c", "resize:\n" + comment + call + "\n    if (r) {\n");
    EXPECT_TRUE(resize.fits(sources));
    resize.apply(sources);
    EXPECT_THAT(read("nvidia/nv-pci.c"), HasSubstr("NV_GPU_BAR1, requested_size, 0));\n\n    if"));
}

} // namespace
} // namespace precompile
