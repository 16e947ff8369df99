#include "toolkit/runtimes/docker.h"

#include "tests/unit/toolkit/runtimes/configured_tree.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace toolkit::runtimes {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kFile = "/etc/docker/daemon.json";
constexpr const char* kOnlyRuntime =
    "{\n    \"runtimes\": {\n        \"nvidia\": {\n            \"path\": "
    "\"/usr/bin/driverctl-runtime\"\n        }\n    }\n}";

Wish wish() {
    return {.settings = {.runtime = Runtime::Docker}};
}

Plan planFor(const std::string& text, const Wish& wish) {
    return planDocker(wish, tests::ConfiguredTree({{kFile, text}}).files());
}

TEST(Docker, HasItsRuntimeInItsOwnStyle) {
    struct {
        std::string before;
        std::string after;
    } const cases[] = {
        {"{\n  \"debug\": true\n}\n",
         "{\n  \"debug\": true,\n  \"runtimes\": {\n    \"nvidia\": {\n      \"path\": "
         "\"/usr/bin/driverctl-runtime\"\n    }\n  }\n}\n"},
        {"{\"runtimes\":{}}", R"({"runtimes":{"nvidia":{"path":"/usr/bin/driverctl-runtime"}}})"},
        // To dockerd both are a file without keys: getConflictFreeConfiguration().
        {"", kOnlyRuntime + std::string("\n")},
        {"null", kOnlyRuntime},
        {"{\"runtimes\": null}",
         R"({"runtimes": {"nvidia": {"path": "/usr/bin/driverctl-runtime"}}})"},
        {"{\"runtimes\": {\"nvidia\": null}}",
         R"({"runtimes": {"nvidia": {"path": "/usr/bin/driverctl-runtime"}}})"},
        {"{\r\n\t\"runtimes\": {\r\n\t\t\"a\": {}\r\n\t}\r\n}",
         "{\r\n\t\"runtimes\": {\r\n\t\t\"a\": {},\r\n\t\t\"nvidia\": {\r\n\t\t\t\"path\": "
         "\"/usr/bin/driverctl-runtime\"\r\n\t\t}\r\n\t}\r\n}"},
    };
    for (const auto& [before, after] : cases) {
        const Plan plan = planFor(before, wish());
        ASSERT_EQ(plan.files.size(), 1U);
        EXPECT_EQ(plan.files[0].after, after);
        EXPECT_THAT(plan.replaced, IsEmpty());
        EXPECT_FALSE(plan.needsRestart);
    }
}

TEST(Docker, LeavesARuntimeOfOursThatHasNothingMore) {
    const std::string text =
        R"({"runtimes":{"nvidia":{"path":"/usr/bin/driverctl-runtime","runtimeArgs":[]}}})";
    EXPECT_EQ(planFor(text, wish()).files[0].after, text);
    for (const char* more : {R"("runtimeArgs":["--x"])", R"("runtimeType":"io.containerd.x")"}) {
        const Plan plan = planFor(R"({"runtimes":{"nvidia":{"path":"/usr/bin/driverctl-runtime",)" +
                                      std::string(more) + "}}}",
                                  wish());
        EXPECT_EQ(plan.files[0].after,
                  R"({"runtimes":{"nvidia":{"path":"/usr/bin/driverctl-runtime"}}})");
        EXPECT_THAT(plan.replaced, ElementsAre(HasSubstr(more)));
    }
}

TEST(Docker, SaysWhatGivesWay) {
    auto wanted = wish();
    wanted.settings.setAsDefault = true;
    wanted.settings.enableCdi = true;
    const Plan plan = planFor("{\"default-runtime\": \"kata\",\n \"features\": {\"cdi\": false},\n"
                              " \"runtimes\": {\"nvidia\": {\"path\": \"nvidia\", \"args\": []}}}",
                              wanted);
    EXPECT_THAT(plan.replaced,
                ElementsAre("/etc/docker/daemon.json:3:15: runtimes.nvidia was "
                            "{\"args\":[],\"path\":\"nvidia\"}",
                            "/etc/docker/daemon.json:1:2: default-runtime was \"kata\"",
                            "/etc/docker/daemon.json:2:15: features.cdi was false"));
    EXPECT_TRUE(plan.needsRestart) << "CDI";
}

TEST(Docker, WarnsOfAnotherDirectoryOfCdi) {
    auto cdi = wish();
    cdi.settings.enableCdi = true;
    EXPECT_THAT(
        planFor("{\n \"cdi-spec-dirs\": [\"/etc/cdi\"]}", cdi).warnings,
        ElementsAre("/etc/docker/daemon.json:2:2: cdi-spec-dirs leaves out /var/run/cdi: the "
                    "GPUs' CDI specification that init writes there is not read"));
    for (const char* list : {R"(["/etc/cdi", "/run/cdi"])", R"(["/var/run/cdi/"])", "null"}) {
        EXPECT_THAT(planFor(fmt::format(R"({{"cdi-spec-dirs": {}}})", list), cdi).warnings,
                    testing::IsEmpty())
            << list;
    }
    EXPECT_THAT(planFor(R"({"cdi-spec-dirs": [""]})", cdi).warnings, testing::SizeIs(1))
        << "so CDI is off";
    EXPECT_THAT(planFor(R"({"cdi-spec-dirs": []})", wish()).warnings, testing::IsEmpty());
}

TEST(Docker, RefusesWhatItDoesNotHave) {
    auto dropIn = wish();
    dropIn.dropIn = "/etc/docker/conf.d/99.json";
    EXPECT_THAT(tests::refusalOf([&] { planFor("{}", dropIn); }), HasSubstr("no drop-in"));
    auto runc = wish();
    runc.settings.name = "runc";
    EXPECT_THAT(tests::refusalOf([&] { planFor("{}", runc); }), HasSubstr("'runc'"));
    auto old = wish();
    old.settings.enableCdi = true;
    old.version = Version{20, 10};
    EXPECT_THAT(tests::refusalOf([&] { planFor("{}", old); }), HasSubstr("25.0"));
    old.version = Version{25, 0};
    EXPECT_EQ(tests::refusalOf([&] { planFor("{}", old); }), "");
}

TEST(Docker, NamesThePlaceOfWhatItCannotUse) {
    auto cdi = wish();
    cdi.settings.enableCdi = true;
    struct {
        std::string text;
        const char* error;
    } const cases[] = {
        {"{\n  \"runtimes\": []\n}", "/etc/docker/daemon.json:2:3: runtimes is no object"},
        {"{\"features\": true}", "/etc/docker/daemon.json:1:2: features is no object"},
        {"{\"a\": 1} x", "/etc/docker/daemon.json:1:10: it is no JSON from here on"},
        {"{\n \"Runtimes\": {}}",
         "/etc/docker/daemon.json:2:2: dockerd takes Runtimes for runtimes: write it as runtimes"},
        {"[]", "/etc/docker/daemon.json:1:1: it is no object"},
    };
    for (const auto& [text, error] : cases) {
        EXPECT_EQ(tests::refusalOf([&, &text = text] { planFor(text, cdi); }), error);
    }
}

} // namespace
} // namespace toolkit::runtimes
