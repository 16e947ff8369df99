#include "driverctl/report/package_pruning.h"

#include "tests/unit/driverctl/report/golden.h"

namespace driverctl {
namespace {

TEST(PackagePruning, IsAsItWas) {
    tests::expectGoldenReport("package-prune-nothing", PackagePruning{});
    tests::expectGoldenReport("package-prune-removed",
                              PackagePruning{.removed = {"/store/a.tar", "/store/b.tar"}});
    tests::expectGoldenReport("package-prune-dry-run",
                              PackagePruning{.dryRun = true, .removed = {"/store/a.tar"}});
}

} // namespace
} // namespace driverctl
