#include "driverctl/distributions.h"

#include <gtest/gtest.h>

namespace driverctl {
namespace {

TEST(Distributions, ReleasesAreFlatcarsAndBuildRootsDirectories) {
    const struct {
        distribution::TargetSettings wanted;
        bool flatcar;
    } cases[] = {
        {.wanted = {.release = "4593.2.5"}, .flatcar = true},
        {.wanted = {.release = "4593.2.5+nightly-20260101-2100"}, .flatcar = true},
        {.wanted = {.release = "current"}, .flatcar = true},
        {.wanted = {.release = "current-2024"}, .flatcar = true},
        {.wanted = {.release = "weekly"}, .flatcar = true}, // which says that it is none
        {.wanted = {.release = "4593.2.5", .buildRoot = "/usr"}, .flatcar = false},
    };
    const auto known = distributions();
    for (const auto& [wanted, flatcar] : cases) {
        EXPECT_EQ(known.of(wanted).targetOf(wanted).osId == "flatcar", flatcar) << wanted.release;
    }
}

} // namespace
} // namespace driverctl
