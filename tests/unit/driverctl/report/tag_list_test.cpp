#include "driverctl/report/tag_list.h"

#include "tests/unit/driverctl/report/golden.h"

namespace driverctl {
namespace {

TEST(TagList, IsAsItWas) {
    tests::expectGoldenReport("tags-none", TagList{});
    tests::expectGoldenReport("tags-two", TagList{{"535.261.03-open", "an \x1b[31modd one"}});
}

} // namespace
} // namespace driverctl
