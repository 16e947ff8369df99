#include "precompile/build/build_programs.h"

#include "host/base/error.h"
#include "tests/unit/temporary.h"

#include <gtest/gtest.h>

namespace precompile {
namespace {

std::string lackOf(const tests::Directory& root, bool makesBtf) {
    try {
        requirePrograms(host::Rooted(root.path()), "6.12.95", makesBtf);
    } catch (const host::Error& error) {
        EXPECT_EQ(error.fault(), host::Fault::Usage);
        EXPECT_EQ(error.remedy(), "Install it there.");
        const std::string text = error.what();
        return text.substr(text.find(": ") + 2);
    }
    return "";
}

TEST(BuildPrograms, ThatAreMissingAreNamed) {
    const tests::Directory root;
    const struct {
        const char* next; ///< the file that comes to those before it
        std::string lack;
        std::string lackForBtf;
    } steps[] = {
        {"usr/bin/make", "sh, gcc, ld, strip", "sh, gcc, ld, strip, pahole"},
        {"usr/bin/gcc-12", "sh, gcc, ld, strip", "sh, gcc, ld, strip, pahole"},
        {"bin/sh", "gcc, ld, strip", "gcc, ld, strip, pahole"},
        {"usr/local/bin/gcc", "ld, strip", "ld, strip, pahole"},
        {"usr/bin/ld", "strip", "strip, pahole"},
        {"usr/bin/strip", "", "pahole"},
        {"usr/bin/pahole", "", ""},
    };
    for (const auto& step : steps) {
        root.write(step.next, "");
        EXPECT_EQ(lackOf(root, false), step.lack) << step.next;
        EXPECT_EQ(lackOf(root, true), step.lackForBtf) << step.next;
    }
}

TEST(BuildPrograms, LinksLeadWithinTheRoot) {
    const tests::Directory root;
    for (const char* program : {"sh", "make", "ld", "strip"}) {
        root.write(std::filesystem::path("usr/bin") / program, "");
    }
    std::filesystem::create_symlink("/bin/sh", root.path() / "usr/bin/gcc"); // this machine has one
    EXPECT_EQ(lackOf(root, false), "gcc");
    std::filesystem::create_directory_symlink("usr/bin", root.path() / "bin");
    EXPECT_EQ(lackOf(root, false), "");
}

} // namespace
} // namespace precompile
