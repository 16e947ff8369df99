#include "toolkit/inventory/library_directories.h"

#include "tests/unit/linker_cache_image.h"
#include "tests/unit/toolkit/driver_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace toolkit {
namespace {

using testing::ElementsAre;
using testing::IsSupersetOf;

std::vector<std::string> directoriesOf(const tests::DriverTree& tree) {
    return tests::pathsOf(libraryDirectories(host::Rooted(tree.path())), &LibraryDirectory::path);
}

TEST(LibraryDirectories, EachOnceWithoutLinks) {
    const tests::DriverTree tree;
    tree.file("/usr/lib64/a");
    tree.link("usr/lib64", "/lib64");
    tree.link("/usr/lib64", "/lib");
    EXPECT_THAT(directoriesOf(tree), ElementsAre("/", "/usr/lib64"));
}

TEST(LibraryDirectories, AFlatRootHasThemToo) {
    const tests::DriverTree tree;
    tree.file("/lib64/a");
    tree.file("/lib/b");
    EXPECT_THAT(directoriesOf(tree), ElementsAre("/", "/lib64", "/lib"));
}

TEST(LibraryDirectories, VdpauOfEach) {
    const tests::DriverTree tree;
    tree.file("/usr/lib/x86_64-linux-gnu/vdpau/a");
    EXPECT_THAT(directoriesOf(tree),
                IsSupersetOf({"/usr/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu/vdpau"}));
}

TEST(LibraryDirectories, ThoseThatTheLinkersCacheFindsTheDriverIn) {
    const tests::DriverTree tree;
    tree.file("/opt/cuda/libcuda.so.535.161");
    tree.file("/opt/real/libnvidia-ml.so.535.161");
    tree.link("/opt/real/libnvidia-ml.so.535.161", "/opt/links/libnvidia-ml.so.1");
    tree.file("/opt/other/libc.so.6");
    tree.file(
        "/etc/ld.so.cache",
        tests::linkerCacheImage({"/opt/cuda/libcuda.so.535.161", "/opt/links/libnvidia-ml.so.1",
                                 "/opt/other/libc.so.6", "/gone/libcuda.so.1"}));
    EXPECT_THAT(directoriesOf(tree), ElementsAre("/", "/opt/cuda", "/opt/real"));
}

TEST(LibraryDirectories, NoneLiesOutsideTheRoot) {
    const tests::DriverTree tree;
    tree.file("/outside/libcuda.so.535.161");
    tree.file("/root/etc/ld.so.cache", tests::linkerCacheImage({"/../outside/libcuda.so.535.161"}));
    tree.link(tree.path() / "outside", "/root/lib64");
    tree.link("../outside", "/root/lib");
    const host::Rooted root(tree.path() / "root");
    EXPECT_THAT(tests::pathsOf(libraryDirectories(root), &LibraryDirectory::path),
                ElementsAre("/"));
}

TEST(DriverVersionIn, IsThatOfTheFirstLibraryUnlessTheWantedOneIsThere) {
    struct Case {
        std::vector<std::string> names;
        const char* wanted;
        const char* version;
    };
    const Case cases[] = {
        {{"libcuda.so.535.161.07", "libnvidia-ml.so.470.42"}, "", "535.161.07"},
        {{"libcuda.so", "libcuda.so.1", "libnvidia-ml.so.470.42"}, "", "470.42"},
        {{"libcuda.so.470.42", "libcuda.so.535.161"}, "", "470.42"},
        {{"libcuda.so.470.42", "libcuda.so.535.161"}, "535.161", "535.161"},
        {{"libcuda.so.470.42"}, "535.161", "470.42"},
        {{"libcuda.so.470.42", "libnvidia-new.so.535.161"}, "535.161", "535.161"},
        {{"libc.so.6"}, "535.161", ""},
    };
    for (const Case& test : cases) {
        EXPECT_EQ(driverVersionIn({{.path = "/usr/lib64", .names = test.names}}, test.wanted),
                  test.version)
            << test.names.front();
    }
}

} // namespace
} // namespace toolkit
