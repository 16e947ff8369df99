#include "toolkit/hooks/create_symlinks.h"

#include "host/base/error.h"
#include "tests/unit/temporary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace toolkit {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(ParseLinks, ReadsTargetAndLink) {
    EXPECT_THAT(parseLinks({"libcuda.so.1::/usr/lib/libcuda.so", "a:b::/c::d"}),
                ElementsAre(SymbolicLink{"libcuda.so.1", "/usr/lib/libcuda.so"},
                            SymbolicLink{"a:b", "/c::d"}));
    for (const char* text : {"", "::", "a", "a::", "::/b", "a:/b"}) {
        EXPECT_THROW(parseLinks({text}), host::Error) << text;
    }
}

struct Root {
    tests::Directory directory;
    std::vector<std::string> warnings;

    void create(const std::string& target, const fs::path& link) {
        const host::Observer observer{
            .warn = [this](const std::string& text) { warnings.push_back(text); }};
        createSymlinks(ContainerRoot(directory.path()), {{target, link}}, observer);
    }
    [[nodiscard]] fs::path target(const fs::path& link) const {
        return fs::read_symlink(directory.path() / link);
    }
};

TEST(CreateSymlinks, MakesTheLinkAndItsDirectories) {
    Root root;
    for (int time = 0; time < 2; ++time) {
        root.create("libcuda.so.1", "/usr/lib/x/libcuda.so");
        EXPECT_EQ(root.target("usr/lib/x/libcuda.so"), "libcuda.so.1");
    }
    EXPECT_THAT(root.warnings, IsEmpty());
}

TEST(CreateSymlinks, ReplacesALinkThatLeadsElsewhere) {
    Root root;
    root.create("libcuda.so.525", "/usr/lib/libcuda.so.1");
    root.create("libcuda.so.535", "/usr/lib/libcuda.so.1");
    EXPECT_EQ(root.target("usr/lib/libcuda.so.1"), "libcuda.so.535");
    const fs::directory_iterator directory(root.directory.path() / "usr/lib");
    EXPECT_EQ(std::distance(begin(directory), end(directory)), 1) << "and leaves nothing behind";
}

TEST(CreateSymlinks, LeavesTheImagesOwnFileAndWarns) {
    Root root;
    const auto file = root.directory.write("usr/lib/libcuda.so.1", "the image's own");
    root.create("libcuda.so.535", "/usr/lib/libcuda.so.1");
    EXPECT_EQ(host::readFile(file), "the image's own");
    EXPECT_THAT(root.warnings, ElementsAre(HasSubstr("/usr/lib/libcuda.so.1 stays as it is")));
}

} // namespace
} // namespace toolkit
