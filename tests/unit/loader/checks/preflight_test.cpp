#include "loader/checks/preflight.h"

#include "host/base/error.h"
#include "tests/unit/temporary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace loader {
namespace {

using precompile::Flavour;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;

constexpr std::uint32_t k3dController = 0x030200;

auto finding(Severity severity, const std::string& text) {
    return AllOf(Field(&Finding::severity, severity), Field(&Finding::text, HasSubstr(text)));
}

TEST(CheckGpus, NamesTheDriverThatHoldsIt) {
    const auto found = checkGpus({{"0000:01:00.0", 0x10de, 0x1eb8, k3dController, "nvidia"},
                                  {"0000:02:00.0", 0x10de, 0x1eb8, k3dController, "nouveau"},
                                  {"0000:03:00.0", 0x10de, 0x1eb8, k3dController, "vfio-pci"}},
                                 "535.1", Flavour::Proprietary, {});
    EXPECT_THAT(found, ElementsAre(finding(Severity::Good, "bound to nvidia"),
                                   finding(Severity::Problem, "0000:02:00.0 is bound to nouveau"),
                                   finding(Severity::Warning, "is left alone")));
    EXPECT_THAT(found[1].remedy, HasSubstr("{command:init unbind-nouveau}"));
}

TEST(CheckGpus, FlavourThatTheGpuDoesNotKnowIsAProblem) {
    const std::vector<host::PciFunction> pascal = {{"a", 0x10de, 0x1b38, k3dController, ""}};
    const std::vector<host::PciFunction> blackwell = {{"a", 0x10de, 0x2901, k3dController, ""}};
    EXPECT_THAT(checkGpus(pascal, "535.1", Flavour::Open, {}),
                Contains(finding(Severity::Problem, "does not work with the open")));
    EXPECT_THAT(checkGpus(blackwell, "535.1", Flavour::Proprietary, {}),
                Contains(finding(Severity::Problem, "does not work with the proprietary")));
    EXPECT_EQ(checkGpus(pascal, "535.1", Flavour::Proprietary, {}).size(), 1U);
    EXPECT_EQ(checkGpus(blackwell, "535.1", Flavour::Open, {}).size(), 1U);
}

TEST(CheckGpus, GpuBeforeTuringNeedsADriverUpTo580) {
    const std::vector<host::PciFunction> volta = {{"a", 0x10de, 0x1db4, k3dController, ""}};
    EXPECT_EQ(checkGpus(volta, "580.95.05", Flavour::Proprietary, {}).size(), 1U);
    const auto found = checkGpus(volta, "590.44.01", Flavour::Open, {});
    EXPECT_THAT(found, ElementsAre(finding(Severity::Good, "bound to no driver"),
                                   finding(Severity::Problem, "older than Turing, and driver 590")))
        << "one message, not one of the flavour as well";
    EXPECT_THAT(found[1].remedy, HasSubstr("branch 580"));
}

TEST(CheckGpus, NvswitchHasNoFlavour) {
    EXPECT_EQ(checkGpus({{"a", 0x10de, 0x1af1, 0x068000, ""}}, "535.1", Flavour::Open, {}).size(),
              1U);
}

TEST(CheckGpus, NouveauThatIsUnboundIsNoProblem) {
    const std::vector<host::PciFunction> held = {
        {"0000:02:00.0", 0x10de, 0x1eb8, k3dController, "nouveau"}};
    EXPECT_THAT(checkGpus(held, "535.1", Flavour::Proprietary, {}, true),
                ElementsAre(finding(Severity::Good, "is taken from it")));
}

TEST(CheckGpus, FlavourOfAGpuThatIsLeftAloneDoesNotCount) {
    EXPECT_THAT(
        checkGpus({{"a", 0x10de, 0x1b38, k3dController, "vfio-pci"}}, "535.1", Flavour::Open, {}),
        ElementsAre(finding(Severity::Warning, "is left alone")));
}

TEST(CheckSecurity, SelinuxThatEnforcesIsAWarning) {
    const tests::Directory sys;
    const host::Roots roots{.proc = "/none", .sys = sys.path()};
    EXPECT_TRUE(checkSecurity(roots).empty());
    sys.write("fs/selinux/enforce", "1");
    EXPECT_THAT(checkSecurity(roots), ElementsAre(finding(Severity::Warning, "SELinux")));
}

TEST(RequireNoProblem, TellsAllProblemsAndEachRemedyOnce) {
    requireNoProblem({{Severity::Good, "x", "fine"}, {Severity::Warning, "x", "odd", "r"}});
    try {
        requireNoProblem({{Severity::Problem, "x", "one", "Do this."},
                          {Severity::Problem, "x", "two", "Do this."}});
        FAIL();
    } catch (const host::Error& error) {
        EXPECT_EQ(error.fault(), host::Fault::NotLoadable);
        EXPECT_STREQ(error.what(), "one; two");
        EXPECT_EQ(error.remedy(), "Do this.");
    }
}

} // namespace
} // namespace loader
