#include "driverctl/report/package_verification.h"

#include "tests/unit/driverctl/report/golden.h"

namespace driverctl {
namespace {

using State = precompile::ModuleVerdict::State;

TEST(PackageVerification, IsAsItWas) {
    tests::expectGoldenReport("package-verify-nothing", PackageVerification{});
    const PackageVerification report{
        {{.file = "/store/a.tar", .modules = {{.name = "nvidia"}, {.name = "nvidia-uvm"}}},
         {.file = "/store/b.tar",
          .problems = {"it is not signed", "it has no modules"},
          .modules = {{"nvidia", State::Damaged, "its SHA-256 is another one"},
                      {"nvidia-uvm", State::Unchecked, "there is no core"},
                      {"nvidia-drm", State::Unfit, "it is of driver 470.1, not 535.1"}}}}};
    tests::expectGoldenReport("package-verify-problems", report);
}

TEST(PackageVerification, IsGoodWhenAllWasComparedAndNothingIsWrong) {
    const std::pair<precompile::Examination, bool> kCases[] = {
        {{.file = "a", .modules = {{.name = "nvidia"}}}, true},
        {{.file = "a", .modules = {{"nvidia", State::Damaged, "broken"}}}, false},
        {{.file = "a", .modules = {{"nvidia", State::Unchecked, "no core"}}}, false},
        {{.file = "a", .modules = {{"nvidia", State::Unfit, "of driver 470.1"}}}, false},
        {{.file = "a", .problems = {"it is not signed"}}, false},
    };
    for (const auto& [package, good] : kCases) {
        EXPECT_EQ((PackageVerification{{package}}.good()), good);
    }
}

} // namespace
} // namespace driverctl
