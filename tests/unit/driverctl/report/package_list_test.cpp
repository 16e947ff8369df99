#include "driverctl/report/package_list.h"

#include "tests/unit/driverctl/report/golden.h"

namespace driverctl {
namespace {

PackageSummary package(const std::string& driver, const std::string& tag) {
    return {.file = "/store/flatcar-4593.2.5-x86_64/" + driver + ".tar",
            .sha256 = std::string(64, 'a'),
            .size = 51234567,
            .identity = {.target = {.osId = "flatcar",
                                    .osRelease = "4593.2.5",
                                    .architecture = "x86_64",
                                    .kernel = "6.12.102-flatcar"},
                         .driver = driver,
                         .flavour = precompile::Flavour::Open,
                         .tag = tag},
            .builtAt = 1772366400};
}

TEST(PackageList, IsAsItWas) {
    tests::expectGoldenReport("packages-none", PackageList{});
    tests::expectGoldenReport("packages-list",
                              PackageList{{package("535.261.03", ""), package("550.1", "test")}});
}

TEST(PackagePlaces, AreAsTheyWere) {
    tests::expectGoldenReport("packages-places", PackagePlaces{{package("535.261.03", "")}});
}

} // namespace
} // namespace driverctl
