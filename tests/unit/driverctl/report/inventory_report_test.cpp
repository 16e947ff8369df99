#include "driverctl/report/inventory_report.h"

#include "tests/unit/driverctl/report/golden.h"
#include "tests/unit/toolkit/edits/sample.h"

namespace driverctl {
namespace {

TEST(ListReport, IsAsItWas) {
    const auto inventory = tests::sampleInventory();
    ListReport report{.driverRoot = inventory.driverRoot,
                      .driverVersion = inventory.driverVersion,
                      .entries = list(inventory, toolkit::everything())};
    tests::expectGoldenReport("list-everything", report);
    report.hostPaths = true;
    tests::expectGolden("list-host-paths.txt", toText(report));
}

TEST(ListReport, APathIsOneLine) {
    ListReport report;
    report.entries = {{toolkit::ListedKind::Binary, "/bin/a\nb", "/bin/a\nb"}};
    EXPECT_EQ(toText(report), "/bin/a\\nb\n");
}

TEST(InfoReport, IsAsItWas) {
    auto inventory = tests::sampleInventory();
    tests::expectGoldenReport("info-nvml", InfoReport{inventory});
    inventory.source = gpu::Source::Proc;
    inventory.cudaVersion = "";
    inventory.gpus = {{.index = 0, .address = "10000:0a:00.0"}};
    tests::expectGoldenReport("info-proc", InfoReport{inventory});
}

} // namespace
} // namespace driverctl
