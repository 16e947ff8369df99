#include "precompile/source/source_copy.h"

#include "host/base/directories.h"
#include "host/base/error.h"
#include "host/base/file.h"
#include "tests/unit/precompile/source/trees.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace precompile {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

class CopySources : public testing::Test {
  protected:
    CopySources() { tests::writeDriverTree(src_, "nvidia-1.2/kernel", "1.2"); }

    void link(const fs::path& target, const fs::path& place) const {
        fs::create_symlink(target, tree_ / place);
    }
    void copy() const {
        copySources(
            {.version = "1.2", .directory = tree_, .cores = {}, .root = src_.path() / "nvidia-1.2"},
            copy_);
    }
    [[nodiscard]] std::string refusal() const {
        try {
            copy();
        } catch (const host::Error& error) {
            return error.what();
        }
        return "";
    }

    tests::Directory src_;
    fs::path tree_ = src_.path() / "nvidia-1.2/kernel";
    fs::path copy_ = src_.path() / "copy";
};

TEST_F(CopySources, FollowsLinksWithinTheSources) {
    src_.write("nvidia-1.2/src/_out/nv-kernel.o", "made by make");
    src_.write("nvidia-1.2/src/inc/shared.h", "shared");
    fs::remove(tree_ / "nvidia/nv-kernel.o_binary");
    link("../../src/_out/nv-kernel.o", "nvidia/nv-kernel.o_binary");
    link("../src/inc", "inc");
    link(tree_ / "Kbuild", "absolute");
    copy();
    EXPECT_EQ(host::readFile(copy_ / "nvidia/nv-kernel.o_binary"), "made by make");
    EXPECT_EQ(host::readFile(copy_ / "inc/shared.h"), "shared");
    EXPECT_EQ(host::readFile(copy_ / "absolute"), host::readFile(tree_ / "Kbuild"));
    for (const auto& entry : host::entriesBelow(copy_)) {
        EXPECT_FALSE(fs::is_symlink(entry)) << entry;
    }
}

TEST_F(CopySources, LeavesOutWhatABuildLeft) {
    for (const char* built : {"nvidia.ko", "nvidia.mod", "nvidia.mod.c", "nvidia.mod.o",
                              ".nvidia.ko.cmd", "nvidia/nv.o", "conftest/functions.h",
                              "nv_compiler.h", "modules.order", "Module.symvers"}) {
        src_.write(fs::path("nvidia-1.2/kernel") / built, "");
    }
    link("/gone/nv-kernel.o_binary", "nvidia/nv-kernel.o");
    src_.write("nvidia-1.2/kernel/conftest.sh", "");
    copy();
    std::vector<std::string> names;
    for (const auto& entry : host::entriesBelow(copy_)) {
        names.push_back(entry.lexically_relative(copy_).string());
    }
    EXPECT_THAT(names, testing::UnorderedElementsAre("Kbuild", "Makefile", "conftest.sh", "nvidia",
                                                     "nvidia-modeset",
                                                     "nvidia-modeset/nv-modeset-kernel.o_binary",
                                                     "nvidia/nv-kernel.o_binary", "nvidia/nv.c"));
}

struct Hostile {
    const char* target;
    const char* place;
    const char* because;
};

class HostileSources : public CopySources, public testing::WithParamInterface<Hostile> {};

TEST_P(HostileSources, AreRefused) {
    link(GetParam().target, GetParam().place);
    EXPECT_THAT(refusal(), HasSubstr((tree_ / GetParam().place).string()));
    fs::remove_all(copy_);
    EXPECT_THAT(refusal(), HasSubstr(GetParam().because));
}

INSTANTIATE_TEST_SUITE_P(Links, HostileSources,
                         testing::Values(Hostile{"/etc/passwd", "nvidia/a.c", "leads out of"},
                                         Hostile{"../../..", "nvidia/up", "leads out of"},
                                         Hostile{"none", "a.h", "leads nowhere"},
                                         Hostile{"self", "self", "leads nowhere"},
                                         Hostile{".", "nvidia/again", "in a circle"},
                                         Hostile{"../..", "nvidia/again", "in a circle"}));

TEST_F(CopySources, ACircleOfTwo) {
    link("../nvidia-modeset", "nvidia/there");
    link("../nvidia", "nvidia-modeset/back");
    EXPECT_THAT(refusal(), HasSubstr("in a circle"));
}

TEST_F(CopySources, NoPipes) {
    ASSERT_EQ(::mkfifo((tree_ / "pipe").c_str(), 0600), 0);
    EXPECT_THAT(refusal(), HasSubstr("pipe is no file, directory or link"));
}

} // namespace
} // namespace precompile
