#include "driverctl/report/doctor_report.h"

#include "tests/unit/driverctl/report/golden.h"

namespace driverctl {
namespace {

using loader::Severity;

TEST(DoctorReport, IsAsItWas) {
    tests::expectGoldenReport("doctor-nothing", DoctorReport{});
    const DoctorReport report{
        {{Severity::Good, "gpu", "0000:41:00.0 is bound to nvidia"},
         {Severity::Warning, "build", "there is no /dev/loop-control", "Load the loop module."},
         {Severity::Warning, "host", "a name with a\nnew line and a \x1b[31mcolour"},
         {Severity::Problem, "modules", "module nvidia is not signed", "Sign it."}}};
    tests::expectGoldenReport("doctor-findings", report);
}

} // namespace
} // namespace driverctl
