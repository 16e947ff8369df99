#include "driverctl/report/matrix_report.h"

#include "tests/unit/driverctl/report/golden.h"

namespace driverctl {
namespace {

using precompile::Cell;
using precompile::CellState;
using precompile::Flavour;

Cell cell(const std::string& driver) {
    return {.release = "4593.2.5", .channel = "stable", .driver = driver, .flavour = Flavour::Open};
}

TEST(MatrixReport, IsAsItWas) {
    tests::expectGoldenReport("matrix-nothing", MatrixReport{});
    const MatrixReport report{
        {precompile::deadChannel("lts", host::Error("nobody is there", "Wait.")),
         {.cell = cell("550.9"),
          .state = CellState::Built,
          .kernel = "6.12.102-flatcar",
          .package = "/store/a.tar",
          .seconds = 91.4,
          .log = "/work/a.log"},
         {.cell = cell("550.10"),
          .state = CellState::Failed,
          .reason = "nv.c:1: error: \xff\nand more",
          .remedy = "Look at it.",
          .seconds = 2},
         {.cell = cell("550.11"),
          .state = CellState::Cached,
          .kernel = "6.12.102-flatcar",
          .package = "/store/b.tar"},
         {.cell = cell("550.12"), .state = CellState::Skipped, .reason = "another package failed"},
         {.cell = cell("550.13"),
          .state = CellState::Fetched,
          .kernel = "6.12.102-flatcar",
          .package = "/store/c.tar"}}};
    EXPECT_FALSE(report.good());
    tests::expectGoldenReport("matrix-results", report);
    const MatrixReport plan{
        {{.cell = cell("550.9"), .reason = "the store has no package"},
         {.cell = cell("550.10"), .state = CellState::Unavailable, .reason = "no such release"},
         {.cell = cell("550.11"),
          .state = CellState::Refused,
          .reason = "it does not compile",
          .remedy = "Take another."},
         {.cell = cell("550.12"), .state = CellState::Fetch, .reason = "oci://r.example/m has it"},
         {.cell = cell("550.13"),
          .state = CellState::Missing,
          .reason = "nobody has it",
          .remedy = "Build it."}}};
    tests::expectGoldenReport("matrix-plan", plan);
}

} // namespace
} // namespace driverctl
