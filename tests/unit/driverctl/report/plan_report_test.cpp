#include "driverctl/report/plan_report.h"

#include "tests/unit/driverctl/report/golden.h"

namespace driverctl {
namespace {

TEST(PlanReport, IsAsItWas) {
    const PlanReport load{.driver = "535.261.03",
                          .flavour = "open",
                          .kernel = "6.12.102-flatcar",
                          .package = "/var/lib/driverctl/packages/a/b.tar",
                          .action = "load",
                          .reasons = {"no driver is loaded"}};
    tests::expectGoldenReport("plan-load", load);
    PlanReport steps = load;
    steps.steps.emplace();
    tests::expectGoldenReport("plan-no-steps", steps);
    steps.steps = {{.name = "modules", .undoneBy = "remove them"}, {.name = "state"}};
    tests::expectGoldenReport("plan-steps", steps);
    PlanReport refuse = load;
    refuse.package = "";
    refuse.action = "refuse";
    refuse.exitCode = 3;
    refuse.reasons = {"the store has no package", "oci://here/it failed: it said\nno"};
    refuse.remedies = {"Build one with 'driverctl update'."};
    tests::expectGoldenReport("plan-refuse", refuse);
}

} // namespace
} // namespace driverctl
