#include "driverctl/report/containers/cdi_validation.h"

#include "tests/unit/driverctl/report/golden.h"

namespace driverctl {
namespace {

TEST(CdiValidation, IsAsItWas) {
    tests::expectGoldenReport("cdi-validate-nothing", CdiValidation{});
    tests::expectGoldenReport(
        "cdi-validate-mixed",
        CdiValidation{{{.file = "/etc/cdi/a.yaml",
                        .problems = {"cdiVersion: no version", "devices: no devices"}},
                       {.file = "/var/run/cdi/b.json",
                        .readers = {{.reader = "containerd-2.1"},
                                    {.reader = "podman-4.3",
                                     .objections = {"cdiVersion: 0.7.0 is newer than 0.5.0, the "
                                                    "newest that it knows"}}}}}});
}

TEST(CdiValidation, IsGoodWhenEveryReaderReadsEveryFile) {
    const std::pair<CdiValidation::File, bool> kCases[] = {
        {{.file = "a"}, true},
        {{.file = "a", .readers = {{.reader = "podman-4.3"}}}, true},
        {{.file = "a", .problems = {"no devices"}}, false},
        {{.file = "a", .readers = {{.reader = "podman-4.3", .objections = {"too new"}}}}, false},
    };
    for (const auto& [file, good] : kCases) {
        EXPECT_EQ((CdiValidation{{file}}.good()), good);
    }
}

} // namespace
} // namespace driverctl
