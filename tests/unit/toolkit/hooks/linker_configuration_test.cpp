#include "toolkit/hooks/linker_configuration.h"

#include "host/base/error.h"
#include "tests/unit/temporary.h"
#include "tests/unit/toolkit/hooks/swapper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace toolkit {
namespace {

namespace fs = std::filesystem;

constexpr const char* kInclude = "include /etc/ld.so.conf.d/*.conf\n";

TEST(WithInclude, AddsItWhereItIsMissing) {
    const struct {
        std::string present;
        std::string result;
    } cases[]{
        {"", kInclude},
        {"/usr/local/lib\n", std::string(kInclude) + "/usr/local/lib\n"},
        {"# include /etc/ld.so.conf.d/*.conf\n",
         std::string(kInclude) + "# include /etc/ld.so.conf.d/*.conf\n"},
        {kInclude, kInclude},
        {"/a\n include\tld.so.conf.d/*.conf\n", "/a\n include\tld.so.conf.d/*.conf\n"},
    };
    for (const auto& [present, result] : cases) {
        EXPECT_EQ(withInclude(present), result);
        EXPECT_EQ(withInclude(result), result);
    }
}

TEST(WithFolders, PutsWhatIsMissingBehind) {
    EXPECT_EQ(withFolders("", {"/a", "/lib"}), "/lib:/usr/local/lib:/usr/lib:/a\n");
    EXPECT_EQ(withFolders("/lib\n/opt/lib\n", {"/a"}), "/lib:/opt/lib:/a\n");
    EXPECT_EQ(withFolders("/lib:/a\n", {"/a"}), "/lib:/a\n");
}

struct Image {
    tests::Directory directory;
    [[nodiscard]] fs::path path() const { return directory.path() / "root"; }
    void place() const {
        placeLinkerConfiguration(ContainerRoot(path()), {"/usr/lib/nvidia", "/usr/lib64"});
    }
    [[nodiscard]] std::string file(const std::string& name) const {
        return host::readFileIfExists(path() / name).value_or("(missing)");
    }
};

TEST(LinkerConfiguration, IsWrittenInFilesThatSortFirstAndLast) {
    const Image image;
    fs::create_directories(image.path() / "usr/lib64");
    fs::create_symlink("usr/lib64", image.path() / "lib64");
    for (int time = 0; time < 2; ++time) {
        image.place();
        EXPECT_EQ(image.file("etc/ld.so.conf.d/00-nvcr-driverctl.conf"),
                  "/usr/lib/nvidia\n/usr/lib64\n");
        EXPECT_EQ(image.file("etc/ld.so.conf.d/zz-nvcr-driverctl.conf"), "/lib64\n/usr/lib64\n");
        EXPECT_EQ(image.file("etc/ld.so.conf"), kInclude);
        EXPECT_EQ(std::distance(fs::directory_iterator(image.path() / "etc"), {}), 2);
    }
}

TEST(LinkerConfiguration, IsMuslsPathToo) {
    const Image image;
    for (const char* machine : {"x86_64", "aarch64"}) {
        image.directory.write(std::string("root/lib/ld-musl-") + machine + ".so.1", "");
    }
    image.place();
    const std::string expected = "/lib:/usr/local/lib:/usr/lib:/usr/lib/nvidia:/usr/lib64\n";
    EXPECT_TRUE(image.file("etc/ld-musl-x86_64.path") == expected ||
                image.file("etc/ld-musl-aarch64.path") == expected);
}

TEST(LinkerConfiguration, CompatibilityComesFirst) {
    const Image image;
    fs::create_directory(image.path());
    placeCompatibilityFolder(ContainerRoot(image.path()), "/usr/local/cuda/compat");
    EXPECT_EQ(image.file("etc/ld.so.conf.d/00-compat-driverctl.conf"), "/usr/local/cuda/compat\n");
}

TEST(LinkerConfiguration, RefusesAPipeWhereADirectoryIsExpected) {
    const Image image;
    fs::create_directories(image.path() / "etc");
    ASSERT_EQ(::mkfifo((image.path() / "etc/ld.so.conf.d").c_str(), 0666), 0);
    EXPECT_THAT([&] { image.place(); }, testing::ThrowsMessage<host::Error>(
                                            testing::HasSubstr("ld.so.conf.d: Not a directory")));
}

TEST(LinkerConfiguration, IsNotWrittenElsewhereWhileEtcAndALinkChangePlaces) {
    const Image image;
    const auto outside = image.directory.path() / "outside";
    fs::create_directories(outside);
    fs::create_directories(image.path() / "etc");
    fs::create_directory_symlink("../outside", image.path() / "trap");
    const tests::Swapper swapper(image.path() / "etc", image.path() / "trap");
    const ContainerRoot root(image.path());
    int placed = 0;
    for (int round = 0; round < tests::kRounds; ++round) {
        try {
            placeLinkerConfiguration(root, {"/" + std::to_string(round)});
            ++placed;
        } catch (const host::SystemError&) { // it came upon the link, which leads to nothing
        }
    }
    EXPECT_GT(placed, 0);
    EXPECT_LT(placed, tests::kRounds) << "nobody swapped";
    EXPECT_TRUE(fs::is_empty(outside));
}

} // namespace
} // namespace toolkit
