#include "toolkit/bundle/container_config.h"

#include "host/base/error.h"
#include "tests/unit/toolkit/edits/sample.h"
#include "toolkit/edits/oci_spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace toolkit {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

NodeSupply supplyOfGroup44() {
    return {.config = {},
            .inventory = tests::sampleInventory,
            .hookProgram = [] { return "/opt/driverctl-hook"; },
            .lookup =
                [](const std::filesystem::path&) {
                    return HostNode{.major = 195, .permissions = 0660, .gid = 44};
                }};
}

Surroundings around(Runtime runtime, bool isInUserNamespace) {
    return {.runtime = runtime,
            .isInUserNamespace = isInUserNamespace,
            .mayOpen = [](const std::filesystem::path&) { return true; }};
}

const Surroundings kRootful = around(Runtime::Other, false);

/// As the edits leave it.
OciSpec edited(const std::string& text, const Surroundings& where) {
    return OciSpec::parse(editConfig(text, supplyOfGroup44(), where).text.value());
}

std::vector<std::string> keysOf(const OciSpec& object) {
    std::vector<std::string> keys;
    for (const auto& [key, value] : object.items()) {
        keys.push_back(key);
    }
    return keys;
}

TEST(ContainerConfig, StaysWithoutARequest) {
    for (const char* text :
         {R"({})", R"({"process": {"env": ["NVIDIA_VISIBLE_DEVICES=void"]}})",
          R"({"hooks": {"prestart": [{"path": "/nvidia-container-toolkit"}]}})"}) {
        EXPECT_FALSE(editConfig(text, supplyOfGroup44(), kRootful).text) << text;
    }
}

TEST(ContainerConfig, KeepsWhatIsNotEditedInItsPlace) {
    const auto spec = edited(R"({"zeta": {"b": 1, "a": [1.5, 18446744073709551615]},
        "process": {"env": ["NVIDIA_VISIBLE_DEVICES=0"], "unknown": null}, "alpha": "ä"})",
                             kRootful);
    EXPECT_THAT(keysOf(spec), ElementsAre("zeta", "process", "alpha", "linux", "mounts", "hooks"));
    EXPECT_EQ(spec["zeta"].dump(), R"({"b":1,"a":[1.5,18446744073709551615]})");
    EXPECT_EQ(spec["alpha"], "ä");
    EXPECT_TRUE(spec["process"]["unknown"].is_null());
    EXPECT_EQ(spec["process"]["env"][0], "NVIDIA_VISIBLE_DEVICES=void");
}

TEST(ContainerConfig, IsEditedOnce) {
    const auto once = editConfig(R"({"process": {"env": ["NVIDIA_VISIBLE_DEVICES=0"]}})",
                                 supplyOfGroup44(), kRootful);
    EXPECT_FALSE(editConfig(once.text.value(), supplyOfGroup44(), kRootful).text);
}

TEST(ContainerConfig, LosesThePrestartHookThatTheEditsReplace) {
    const auto spec = edited(R"({"process": {"env": ["NVIDIA_VISIBLE_DEVICES=0"]},
        "hooks": {"prestart": [{"path": "/usr/bin/nvidia-container-runtime-hook"}, 7,
                               {"path": "/opt/nvidia-container-toolkit", "args": ["prestart"]},
                               {"path": "/opt/nvidia-container-toolkit-of-mine"}]}})",
                             kRootful);
    EXPECT_EQ(spec["hooks"]["prestart"].dump(),
              R"([7,{"path":"/opt/nvidia-container-toolkit-of-mine"}])");
    EXPECT_EQ(spec["hooks"]["createContainer"][0]["path"], "/opt/driverctl-hook");
}

TEST(ContainerConfig, GroupsOfNodes) {
    struct Case {
        const char* linux;
        Surroundings where;
        std::string gids;        ///< empty: none
        std::string annotations; ///< empty: none
        const char* warning;     ///< empty: none
    };
    constexpr const char* kUserNamespace = R"({"namespaces": [{"type": "user"}]})";
    const Case cases[] = {
        {"{}", kRootful, "[44]", "", ""},
        {"{}", around(Runtime::Crun, true), "", R"({"a":"b","run.oci.keep_original_groups":"1"})",
         ""},
        {kUserNamespace, around(Runtime::Crun, true), "",
         R"({"a":"b","run.oci.keep_original_groups":"1"})", ""},
        {"{}", around(Runtime::Other, true), "", "", "runc drops"},
        {kUserNamespace, around(Runtime::Crun, false), "", "", "without a user namespace"},
    };
    for (const auto& [linux, where, gids, annotations, warning] : cases) {
        const auto text = std::string(R"({"annotations": {"a": "b"}, "process": {"user": {},
            "env": ["NVIDIA_VISIBLE_DEVICES=0"]}, "linux": )") +
                          linux + "}";
        const auto done = editConfig(text, supplyOfGroup44(), where);
        const auto spec = OciSpec::parse(done.text.value());
        EXPECT_EQ(spec["process"]["user"].value("additionalGids", OciSpec()).dump(),
                  gids.empty() ? "null" : gids);
        EXPECT_EQ(spec["annotations"].dump(), annotations.empty() ? R"({"a":"b"})" : annotations);
        if (*warning == '\0') {
            EXPECT_THAT(done.warnings, IsEmpty());
        } else {
            EXPECT_THAT(done.warnings, testing::Each(HasSubstr(warning)));
            EXPECT_THAT(done.warnings, testing::Contains(HasSubstr("/dev/nvidia1")));
        }
    }
}

TEST(ContainerConfig, RefusesWhatIsNone) {
    for (const char* text :
         {"", "{", "[]", R"({"process": 1})", R"({"a": 1, "a": 2})",
          R"({"process": {"env": ["NVIDIA_VISIBLE_DEVICES=0"]}, "mounts": {}})",
          R"({"process": {"env": ["NVIDIA_VISIBLE_DEVICES=0"]}, "annotations": []})",
          R"({"process": {"env": ["NVIDIA_VISIBLE_DEVICES=0"]}, "linux": {"devices": "x"}})"}) {
        EXPECT_THROW(editConfig(text, supplyOfGroup44(), kRootful), host::Error) << text;
    }
}

} // namespace
} // namespace toolkit
