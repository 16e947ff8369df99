#include "driverctl/report/package_inspection.h"

#include "tests/unit/driverctl/report/golden.h"

namespace driverctl {
namespace {

TEST(PackageInspection, IsAsItWas) {
    const std::string digest(64, 'a');
    PackageInspection inspection;
    inspection.manifest.identity = {.target = {.osId = "flatcar",
                                               .osRelease = "4593.2.5",
                                               .architecture = "x86_64",
                                               .kernel = "6.12.102-flatcar"},
                                    .driver = "535.261.03",
                                    .flavour = precompile::Flavour::Open};
    inspection.manifest.compiler = "gcc 14";
    inspection.manifest.linker = "GNU ld 2.43";
    inspection.manifest.builtBy = "driverctl 1.0";
    inspection.manifest.builtAt = 1772366400;
    inspection.manifest.inputs = {{"nvidia-535.261.03", digest}};
    inspection.manifest.modules = {
        {.name = "nvidia", .member = "nvidia.ko.zst", .size = 51234567, .sha256 = digest}};
    inspection.package = {.file = "/store/a.tar",
                          .sha256 = digest,
                          .size = 51234567,
                          .identity = inspection.manifest.identity,
                          .builtAt = 1772366400};
    tests::expectGoldenReport("package-inspect-unsigned", inspection);
    inspection.signedBy = {digest};
    inspection.manifest.attachments = {{.member = "sbom.json", .size = 1234, .sha256 = digest}};
    tests::expectGoldenReport("package-inspect-signed", inspection);
}

} // namespace
} // namespace driverctl
