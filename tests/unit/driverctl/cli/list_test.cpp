#include "driverctl/cli/list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace driverctl {
namespace {

using Items = std::vector<std::string>;

TEST(List, IsOneText) {
    const struct {
        const char* text;
        Items items;
    } cases[] = {
        {"a", {"a"}},
        {"a,b", {"a", "b"}},
        {" a ,\tb,, ", {"a", "b"}},
        {R"(a\,b,c)", {"a,b", "c"}},
        {R"(\a,b\)", {R"(\a)", R"(b\)"}},
        {",", {""}},
        {"", {""}},
    };
    for (const auto& [text, items] : cases) {
        EXPECT_EQ(splitList(text), items) << text;
    }
}

TEST(List, ComesBackAsItWas) {
    for (const Items& items : {Items{"a"}, Items{"a", "b"}, Items{"https://h/?a,b", "/x,y"}}) {
        EXPECT_EQ(splitList(joinList(items)), items);
    }
}

} // namespace
} // namespace driverctl
