#include "loader/decision.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace loader {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const Finding kNouveau{Severity::Problem, "gpu", "held by nouveau", "Unbind it."};
const Finding kFlavour{Severity::Problem, "flavour", "wrong flavour", "Use the other."};
const Finding kDisabled{Severity::Problem, "kernel", "modules_disabled is 1", "Reboot."};
const Finding kUnsigned{Severity::Problem, "modules", "no signature", "Sign them."};
const Finding kService{Severity::Warning, "host", "nvidia.service is enabled", "Mask it."};
const Finding kFine{Severity::Good, "gpu", "bound to no driver"};
const gpu::Holders kUser{.processes = {{.pid = 7, .command = "python3", .node = "/dev/nvidia0"}}};

struct Case {
    const char* name;
    NodeFacts node;
    PackageFacts package;
    Action action;
    std::optional<host::Fault> refusal = {};
};

const PackageFacts kWanted{.offer = Offer::AtHand};
const PackageFacts kOther{.offer = Offer::AtHand, .reloadReasons = {"another version"}};
constexpr auto kLoadable = host::Fault::NotLoadable;

const Case kCases[] = {
    {"nothing is loaded", {.findings = {kFine}}, kOther, Action::Load},
    {"the wanted driver is loaded", {.loaded = true}, kWanted, Action::Adopt},
    {"it is, and is used", {.loaded = true, .users = kUser}, kWanted, Action::Adopt},
    {"it is, and nothing could be loaded",
     {.findings = {kDisabled}, .loaded = true},
     kWanted,
     Action::Adopt},
    {"another one is loaded", {.loaded = true}, kOther, Action::Replace},
    {"another one is used",
     {.loaded = true, .users = kUser},
     kOther,
     Action::Refuse,
     host::Fault::InUse},
    {"another one is used, and nothing could be loaded",
     {.findings = {kDisabled}, .loaded = true, .users = kUser},
     kOther,
     Action::Refuse,
     kLoadable},
    {"nouveau has the GPU", {.findings = {kNouveau}}, kOther, Action::Refuse, kLoadable},
    {"the flavour does not fit", {.findings = {kFlavour}}, kOther, Action::Refuse, kLoadable},
    {"the modules do not fit",
     {},
     {.offer = Offer::AtHand, .reloadReasons = {"x"}, .modules = {kUnsigned}},
     Action::Refuse,
     kLoadable},
    {"nobody trusts the package",
     {.findings = {kNouveau}},
     {.offer = Offer::AtHand, .untrusted = "no key"},
     Action::Refuse,
     host::Fault::Verification},
    {"a warning forbids nothing", {.findings = {kService}}, kOther, Action::Load},
    {"a source has it", {}, {.offer = Offer::Source}, Action::Fetch},
    {"the retired container has it", {}, {.offer = Offer::Retired}, Action::Import},
    {"nobody has it", {}, {.offer = Offer::Build}, Action::Build},
    {"nor may it be built", {}, {.offer = Offer::Nowhere}, Action::Refuse, host::Fault::NoPackage},
    {"nothing is fetched that cannot be loaded",
     {.findings = {kDisabled}},
     {.offer = Offer::Source},
     Action::Refuse,
     kLoadable},
    {"nothing is built that cannot be loaded",
     {.findings = {kFlavour}},
     {.offer = Offer::Build},
     Action::Refuse,
     kLoadable},
    {"nothing is imported that cannot be loaded",
     {.findings = {kNouveau}},
     {.offer = Offer::Retired},
     Action::Refuse,
     kLoadable},
    {"what is fetched may be what is loaded",
     {.findings = {kDisabled}, .loaded = true, .recorded = true},
     {.offer = Offer::Source},
     Action::Fetch},
    {"of a driver that somebody else loaded it may not",
     {.findings = {kDisabled}, .loaded = true},
     {.offer = Offer::Source},
     Action::Refuse,
     kLoadable},
    {"no unsigned modules are built where signatures count",
     {.signaturesEnforced = true},
     {.offer = Offer::Build},
     Action::Refuse,
     kLoadable},
    {"but fetched, which may be signed",
     {.signaturesEnforced = true},
     {.offer = Offer::Source},
     Action::Fetch},
};

TEST(Decide, FollowsFromTheFacts) {
    for (const Case& one : kCases) {
        const Decision decision = decide(one.node, one.package);
        EXPECT_EQ(toString(decision.action), toString(one.action)) << one.name;
        EXPECT_EQ(decision.refusal, one.refusal) << one.name;
        EXPECT_EQ(decision.action == Action::Refuse, decision.refusal.has_value()) << one.name;
    }
}

TEST(Decide, GivesAllReasonsAndEachRemedyOnce) {
    const Finding second{Severity::Problem, "gpu", "held by nova", "Unbind it."};
    const Decision decision =
        decide({.findings = {kNouveau, kFine, second, kService}, .loaded = true},
               {.offer = Offer::AtHand, .reloadReasons = {"x"}, .modules = {kUnsigned}});
    EXPECT_THAT(decision.objections,
                ElementsAre("held by nouveau", "held by nova", "no signature"));
    EXPECT_THAT(decision.remedies, ElementsAre("Unbind it.", "Sign them."));
    ASSERT_EQ(decision.warnings.size(), 1U);
    EXPECT_EQ(decision.warnings[0].remedy, "Mask it.");
    try {
        requireAllowed(decision);
        FAIL();
    } catch (const host::Error& error) {
        EXPECT_EQ(error.fault(), host::Fault::NotLoadable);
        EXPECT_STREQ(error.what(), "held by nouveau; held by nova; no signature");
        EXPECT_EQ(error.remedy(), "Unbind it. Sign them.");
    }
}

TEST(Decide, WarnsOfWhatForbidsNothingWhenTheDriverIsAdopted) {
    const Decision decision = decide({.findings = {kDisabled}, .loaded = true}, kWanted);
    ASSERT_EQ(decision.warnings.size(), 1U);
    EXPECT_EQ(decision.warnings[0].text, kDisabled.text);
    EXPECT_THAT(decision.objections, IsEmpty());
}

TEST(Decide, SaysWhyOfWhatItAllows) {
    EXPECT_THAT(decide({}, kOther).reasons, ElementsAre("no driver is loaded"));
    EXPECT_THAT(decide({.loaded = true}, kOther).reasons, ElementsAre("another version"));
    EXPECT_THAT(decide({}, {.offer = Offer::Build, .searched = {"none in the store"}}).reasons,
                ElementsAre("none in the store"));
    requireAllowed(decide({}, kOther));
    const Decision nowhere = decide({}, {.searched = {"none in the store"}});
    EXPECT_THAT(nowhere.objections, ElementsAre("none in the store"));
    EXPECT_THAT(nowhere.reasons, IsEmpty());
    EXPECT_THAT(decide({.loaded = true, .users = kUser}, kOther).objections,
                ElementsAre(HasSubstr("in use: process 7 (python3) has /dev/nvidia0 open")));
}

} // namespace
} // namespace loader
