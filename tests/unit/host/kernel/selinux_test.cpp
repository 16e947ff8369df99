#include "host/kernel/selinux.h"

#include "host/base/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace host {
namespace {

TEST(SelinuxContext, HasAType) {
    struct Case {
        const char* context;
        const char* type;
    };
    for (const auto& [context, type] : {Case{"system_u:object_r:device_t:s0", "device_t"},
                                        {"u:r:t:s0:c1,c2", "t"},
                                        {"u:r:t", "t"},
                                        {"unlabeled", ""},
                                        {"u:r", ""},
                                        {"", ""}}) {
        EXPECT_EQ(typeOf(context), type) << context;
    }
}

TEST(SelinuxContext, ErrorsNameTheFile) {
    try {
        contextOf("/does/not/exist");
        FAIL();
    } catch (const SystemError& error) {
        EXPECT_EQ(error.code(), ENOENT);
        EXPECT_THAT(error.what(), testing::HasSubstr("/does/not/exist"));
    }
    EXPECT_THROW(setContext("/does/not/exist", "u:r:t"), SystemError);
}

} // namespace
} // namespace host
