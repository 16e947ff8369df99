#include "host/base/error.h"

#include <gtest/gtest.h>

namespace host {
namespace {

TEST(SystemError, NamesOperationObjectAndCause) {
    try {
        throwErrno("open", "/x", ENOENT);
    } catch (const SystemError& error) {
        EXPECT_STREQ(error.what(), "cannot open /x: No such file or directory");
        EXPECT_EQ(error.code(), ENOENT);
        EXPECT_EQ(error.fault(), Fault::Failed);
        EXPECT_EQ(error.remedy(), "");
    }
}

TEST(WriteError, SaysWhatToDoAboutTheFileSystem) {
    struct Case {
        int error;
        const char* ofCaller;
        const char* remedy;
    };
    constexpr Case kCases[] = {
        {ENOSPC, "", "Make room on that file system, and run this again."},
        {EDQUOT, "", "Make room on that file system, and run this again."},
        {EROFS, "", "Mount that file system writable, or name a place elsewhere."},
        {EACCES, "", ""},
        {ENOSPC, "Name another.", "Name another."},
    };
    for (const auto& [code, ofCaller, remedy] : kCases) {
        try {
            throwWriteError("write", "/x", code, ofCaller);
        } catch (const SystemError& error) {
            EXPECT_EQ(error.code(), code);
            EXPECT_EQ(error.remedy(), remedy) << code;
        }
    }
}

TEST(Context, PutsANounBeforeTheMessageAndKeepsTheRest) {
    try {
        context("package x",
                [] { throw Error(Fault::Verification, "it is damaged", "Fetch it."); });
        ADD_FAILURE();
    } catch (const Error& error) {
        EXPECT_STREQ(error.what(), "package x: it is damaged");
        EXPECT_EQ(error.remedy(), "Fetch it.");
        EXPECT_EQ(error.fault(), Fault::Verification);
    }
    EXPECT_EQ(context("unused", [] { return 7; }), 7);
}

} // namespace
} // namespace host
