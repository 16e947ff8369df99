#include "precompile/package/content.h"

#include <cerrno>
#include <gtest/gtest.h>

namespace precompile {
namespace {

TEST(ReadingContent, ReturnsWhatItsBodyReturns) {
    EXPECT_EQ(readingContent("", "", [] { return 7; }), 7);
}

TEST(ReadingContent, WhatIsWrongWithItHasOneFault) {
    struct Case {
        const char* noun;
        const char* remedy; ///< where the error has none
        host::Error thrown;
        const char* message;
        const char* told;
    };
    const Case cases[] = {
        {"", "Fetch it.", host::Error("it is short"), "it is short", "Fetch it."},
        {"x.o in f", "Fetch it.", host::Error(host::Fault::Usage, "it is short", "Look."),
         "x.o in f: it is short", "Look."},
    };
    for (const Case& test : cases) {
        try {
            readingContent(test.noun, test.remedy, [&] { throw test.thrown; });
            FAIL() << test.message;
        } catch (const host::Error& error) {
            EXPECT_EQ(error.fault(), host::Fault::Verification);
            EXPECT_STREQ(error.what(), test.message);
            EXPECT_EQ(error.remedy(), test.told);
        }
    }
}

TEST(ReadingContent, WhatTheSystemSaysIsNothingAboutIt) {
    try {
        readingContent("x.o", "Fetch it.", [] { throw host::SystemError("read", "f", EIO); });
        FAIL();
    } catch (const host::SystemError& error) {
        EXPECT_EQ(error.fault(), host::Fault::Failed);
        EXPECT_STREQ(error.what(), "cannot read f: Input/output error");
    }
}

} // namespace
} // namespace precompile
