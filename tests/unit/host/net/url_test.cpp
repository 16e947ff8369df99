#include "host/net/url.h"

#include "host/base/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace host {
namespace {

TEST(Url, RefusalsHidePasswords) {
    EXPECT_THAT([] { originOf("ftp://me:secret@mirror.example/"); },
                testing::ThrowsMessage<Error>(testing::HasSubstr("ftp://***@mirror.example/")));
    EXPECT_THAT([] { resolveUrl("https://h", "ftp://me:secret@mirror.example/"); },
                testing::ThrowsMessage<Error>(testing::Not(testing::HasSubstr("secret"))));
}

} // namespace
} // namespace host
