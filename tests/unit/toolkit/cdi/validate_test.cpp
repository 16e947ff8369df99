// One mistake each: tests/vectors/cdi-version.json has those that peers make, here are the others.
#include "toolkit/cdi/validate.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace cdi = toolkit::cdi;
using nlohmann::json;

namespace {

std::vector<std::string> problemsOf(const json& document) {
    std::vector<std::string> texts;
    for (const auto& problem : cdi::validate(document)) {
        texts.push_back(toString(problem));
    }
    return texts;
}

json specificationWith(const json& edits) {
    return {{"cdiVersion", "1.1.0"},
            {"kind", "nvidia.com/gpu"},
            {"devices", {{{"name", "a"}, {"containerEdits", edits}}}}};
}

} // namespace

TEST(CdiValidate, EveryPartOfTheEditsIsLookedAt) {
    struct Case {
        const char* edits;
        const char* problem; ///< "": none
    };
    const Case cases[] = {
        {R"({"additionalGids": [44]})", ""},
        {R"({"intelRdt": {}})", ""},
        {R"({"env": ["=a"]})", "env: env entry without a name"},
        {R"({"env": [1]})", "env: not a list of texts"},
        {R"({"deviceNodes": [{}]})", "deviceNodes[0]: device node without path"},
        {R"({"deviceNodes": [null]})", "deviceNodes: not a list of objects"},
        {R"({"deviceNodes": [{"path": "/a", "major": -1}]})",
         "deviceNodes[0]: device number below 0"},
        {R"({"deviceNodes": [{"path": "/a", "permissions": "none"}]})", ""},
        {R"({"mounts": [{"hostPath": "/a"}]})", "mounts[0]: mount without container path"},
        {R"({"mounts": [{"hostPath": "/a", "containerPath": "/a", "typ": "bind"}]})",
         "mounts[0].typ: unknown field: readers decode strictly and drop the whole file"},
        {R"({"hooks": [{"hookName": "prestart", "path": "/a", "env": ["A"]}]})",
         "hooks[0].env: env entry without ="},
        {R"({"netDevices": [{"name": "a"}]})",
         "netDevices: network device without hostInterfaceName"},
        {R"({"netDevices": [{"name": "a", "hostInterfaceName": "b"},
                            {"name": "a", "hostInterfaceName": "c"}]})",
         "netDevices: network device's name twice"},
        {R"({"intelRdt": {"closID": "a/b"}})", "intelRdt: closID is no file name"},
        {R"({"intelRdt": {"closID": "/"}})", ""},
    };
    for (const auto& [edits, problem] : cases) {
        const std::string text = problem;
        const auto found = problemsOf(specificationWith(json::parse(edits)));
        EXPECT_EQ(found, text.empty() ? std::vector<std::string>{}
                                      : std::vector{"devices[0].containerEdits." + text})
            << edits;
    }
}

TEST(CdiValidate, PermissionsNoneAreOfTheNewestVersion) {
    auto document =
        specificationWith({{"deviceNodes", {{{"path", "/a"}, {"permissions", "none"}}}}});
    EXPECT_THAT(problemsOf(document), testing::IsEmpty());
    document["cdiVersion"] = "1.0.0";
    EXPECT_THAT(
        problemsOf(document),
        testing::ElementsAre("devices[0].containerEdits.deviceNodes[0]: permissions are out "
                             "of rwm"));
}

TEST(CdiValidate, AnnotationsOfAnObjectHaveALargestSize) {
    const std::string value(262144 - 2, 'a');
    auto document = specificationWith({{"env", {"A=b"}}});
    document["annotations"] = {{"b", value}, {"c", ""}};
    document["devices"][0]["annotations"] = {{"c", ""}};
    EXPECT_THAT(problemsOf(document), testing::IsEmpty());
    document["annotations"]["c"] = "d";
    EXPECT_THAT(problemsOf(document),
                testing::ElementsAre("annotations: annotations of more than 262144 bytes"));
}

TEST(CdiValidate, ADeviceHasToDoSomething) {
    for (const auto* const nothing : {"{}", "null", R"({"env": []})", R"({"hooks": null})"}) {
        EXPECT_THAT(problemsOf(specificationWith(json::parse(nothing))),
                    testing::ElementsAre("devices[0].containerEdits: a device without edits"))
            << nothing;
    }
}

TEST(CdiValidate, AllIsSaidAtOnce) {
    EXPECT_THAT(problemsOf({{"kind", "gpu"},
                            {"extra", 1},
                            {"devices", {{{"name", "-"}, {"containerEdits", {{"env", {"A"}}}}}}},
                            {"annotations", {{"a/b/c", "d"}}}}),
                testing::ElementsAre(
                    "extra: unknown field: readers decode strictly and drop the whole file",
                    "cdiVersion: no version", "kind: kind is vendor/class",
                    "devices[0].name: device name starts with a letter or digit",
                    "devices[0].containerEdits.env: env entry without =",
                    "annotations: annotation's key is no label"));
}

TEST(CdiValidate, AnythingMayBeADocument) {
    for (const auto& odd : {json(), json(1), json("a"), json::array()}) {
        EXPECT_THAT(problemsOf(odd), testing::ElementsAre("not an object")) << odd;
    }
    EXPECT_THAT(problemsOf(json::object()),
                testing::ElementsAre("cdiVersion: no version", "kind: kind is vendor/class",
                                     "devices: no devices"));
}
