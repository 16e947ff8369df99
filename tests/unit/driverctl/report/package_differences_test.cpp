#include "driverctl/report/package_differences.h"

#include "tests/unit/driverctl/report/golden.h"

namespace driverctl {
namespace {

TEST(PackageDifferences, AreAsTheyWere) {
    tests::expectGoldenReport("package-diff-none", PackageDifferences{});
    tests::expectGoldenReport("package-diff-three",
                              PackageDifferences{{{"/compiler", "gcc 14", "gcc\n13"},
                                                  {"/built_at", 1772366400, nullptr},
                                                  {"/modules/0/core", nullptr, true}}});
}

} // namespace
} // namespace driverctl
