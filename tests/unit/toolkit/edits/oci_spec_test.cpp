#include "toolkit/edits/oci_spec.h"

#include "host/base/error.h"
#include "host/base/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <random>

namespace toolkit {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

OciSpec specOf(const std::string& text) {
    return host::parseStrictInOrder(text);
}

/// Each node has the major of its name's length.
HostNode lookedUp(const std::filesystem::path& path) {
    return {.major = static_cast<unsigned>(path.native().size()), .minor = 3, .permissions = 0666};
}

const ContainerEdits kEdits = {
    .env = {"NVIDIA_VISIBLE_DEVICES=void", "NEW=1"},
    .deviceNodes = {{"/dev/nvidia0", ""}, {"/dev/nvidiactl", "/root/dev/nvidiactl"}},
    .mounts = {{"/root/usr/bin/nvidia-smi", "/usr/bin/nvidia-smi", {"ro", "rbind"}}},
    .hooks = {{"createContainer", "/bin/hook", {"hook", "one"}, {"A=b"}}},
    .additionalGids = {44}};

TEST(OciSpec, EditsAreAddedAndAllElseStays) {
    auto spec = specOf(R"({
        "ociVersion": "1.0.2", "x-unknown": {"z": 1, "a": [1.5, null]},
        "process": {"cwd": "/", "env": ["B=2", "NVIDIA_VISIBLE_DEVICES=all"], "user": {"uid": 5}},
        "mounts": [{"destination": "/proc", "type": "proc", "source": "proc", "x": true}],
        "linux": {"seccomp": {}, "resources": {"devices": [{"allow": false, "access": "rwm"}]}},
        "hooks": {"prestart": [{"path": "/p"}]}, "last": 1})");
    applyEdits(spec, kEdits, lookedUp);
    EXPECT_EQ(spec, specOf(R"({
        "ociVersion": "1.0.2", "x-unknown": {"z": 1, "a": [1.5, null]},
        "process": {"cwd": "/", "env": ["B=2", "NVIDIA_VISIBLE_DEVICES=void", "NEW=1"],
                    "user": {"uid": 5, "additionalGids": [44]}},
        "mounts": [{"destination": "/proc", "type": "proc", "source": "proc", "x": true},
                   {"destination": "/usr/bin/nvidia-smi", "type": "bind",
                    "source": "/root/usr/bin/nvidia-smi", "options": ["ro", "rbind"]}],
        "linux": {"seccomp": {}, "resources": {"devices": [
                      {"allow": false, "access": "rwm"},
                      {"allow": true, "type": "c", "major": 12, "minor": 3, "access": "rw"},
                      {"allow": true, "type": "c", "major": 19, "minor": 3, "access": "rw"}]},
                  "devices": [
                      {"path": "/dev/nvidia0", "type": "c", "major": 12, "minor": 3,
                       "fileMode": 438, "uid": 0, "gid": 0},
                      {"path": "/dev/nvidiactl", "type": "c", "major": 19, "minor": 3,
                       "fileMode": 438, "uid": 0, "gid": 0}]},
        "hooks": {"prestart": [{"path": "/p"}],
                  "createContainer": [{"path": "/bin/hook", "args": ["hook", "one"],
                                       "env": ["A=b"]}]}, "last": 1})"))
        << spec.dump(1);
}

TEST(OciSpec, WhatIsAtTheSamePlaceIsReplaced) {
    auto spec = specOf(R"({"process": {"env": ["NEW=0", "NEW=2", "NEWER=1"]},
        "mounts": [{"destination": "/usr/bin/./nvidia-smi", "source": "/x"}, {"destination": "/a"}],
        "linux": {"devices": [{"path": "/dev/nvidia0", "major": 1}]}})");
    applyEdits(spec, kEdits, lookedUp);
    EXPECT_THAT(spec["process"]["env"],
                ElementsAre("NEW=1", "NEW=1", "NEWER=1", "NVIDIA_VISIBLE_DEVICES=void"));
    EXPECT_EQ(spec["mounts"].size(), 2);
    EXPECT_EQ(spec["mounts"][0]["destination"], "/a");
    EXPECT_EQ(spec["linux"]["devices"].size(), 2);
    EXPECT_EQ(spec["linux"]["devices"][0]["major"], 12);
}

TEST(OciSpec, TheGroupOfANodeThatIsNotEverybodysIsGivenToTheProcess) {
    const auto lookup = [](const std::filesystem::path&) {
        return HostNode{.permissions = 0660, .gid = 27};
    };
    struct Case {
        const char* spec;
        const char* user;
        NodeGroups groups = NodeGroups::OfHost;
    };
    const Case cases[] = {
        {R"({"process": {"user": {"additionalGids": [1]}}})", R"({"additionalGids": [1, 44, 27]})"},
        {R"({"process": {}, "linux": {"namespaces": [{"type": "mount"}]}})",
         R"({"additionalGids": [44, 27]})"},
        {R"({"process": {}, "linux": {"namespaces": [{"type": "user"}]}})",
         R"({"additionalGids": [44]})"},
        {R"({"process": {}})", R"({"additionalGids": [44]})", NodeGroups::OfNobody},
    };
    for (const auto& [text, user, groups] : cases) {
        auto spec = specOf(text);
        applyEdits(spec, kEdits, lookup, groups);
        EXPECT_EQ(spec["process"]["user"], specOf(user)) << text;
        EXPECT_EQ(spec["linux"]["devices"][0]["fileMode"], 0660);
    }
}

TEST(OciSpec, ASpecWithoutAProcessGetsNone) {
    auto spec = specOf(R"({"ociVersion": "1.0.2"})");
    applyEdits(spec, kEdits, [](const auto&) { return HostNode{.permissions = 0660, .gid = 27}; });
    EXPECT_FALSE(spec.contains("process"));
    EXPECT_EQ(spec["mounts"].size(), 1);
}

TEST(OciSpec, AnotherShapeIsRefusedAndLeftAsItIs) {
    const std::pair<const char*, const char*> cases[] = {
        {"[]", "config.json is no OCI configuration: it is no object"},
        {R"({"process": []})", "config.json is no OCI configuration: process is no object"},
        {R"({"process": {"env": {}}})", "config.json is no OCI configuration: env is no array"},
        {R"({"process": {"user": 1}})", "config.json is no OCI configuration: user is no object"},
        {R"({"mounts": "x"})", "config.json is no OCI configuration: mounts is no array"},
        {R"({"linux": {"resources": []}})",
         "config.json is no OCI configuration: resources is no object"},
        {R"({"hooks": {"createContainer": {}}})",
         "config.json is no OCI configuration: createContainer is no array"},
    };
    for (const auto& [text, refusal] : cases) {
        auto spec = specOf(text);
        try {
            applyEdits(spec, kEdits, lookedUp);
            ADD_FAILURE() << "accepted: " << text;
        } catch (const host::Error& error) {
            EXPECT_STREQ(error.what(), refusal);
        }
        EXPECT_EQ(spec, specOf(text));
    }
}

TEST(OciSpec, EditsAreTakenAwayFromTheDocumentThatTheyArePartOf) {
    auto other = specOf(R"({"a": 1})");
    auto spec = specOf(R"({"process": {}})");
    const auto undo = applyEdits(spec, kEdits, lookedUp);
    EXPECT_THROW(removeEdits(other, undo), host::Error);
}

TEST(ContainerParts, AreReadFromTheSpec) {
    const auto parts = containerPartsOf(R"({
        "process": {"env": ["A=b"], "capabilities": {"bounding": ["CAP_SYS_ADMIN"]}},
        "annotations": {"cdi.k8s.io/x": "nvidia.com/gpu=0"},
        "mounts": [{"destination": "/proc"}, {"destination": "/a", "source": "/dev/null"}]})");
    EXPECT_THAT(parts.env, ElementsAre("A=b"));
    EXPECT_THAT(parts.boundingCapabilities, ElementsAre("CAP_SYS_ADMIN"));
    EXPECT_EQ(parts.annotations.at("cdi.k8s.io/x"), "nvidia.com/gpu=0");
    ASSERT_EQ(parts.mounts.size(), 2);
    EXPECT_EQ(parts.mounts[0].source, "");
    EXPECT_EQ(parts.mounts[1].source, "/dev/null");
    for (const char* text : {"{}", R"({"process": null, "annotations": null, "mounts": null})"}) {
        EXPECT_THAT(containerPartsOf(text).env, IsEmpty());
    }
}

TEST(ContainerParts, OfAnotherShapeAreRefusedWithTheirPlace) {
    const std::pair<const char*, const char*> cases[] = {
        {"", "it is empty"},
        {R"({"process": {"env": [1]}})", "process.env[0] is no text"},
        {R"({"mounts": [{}]})", "mounts[0] has no field 'destination'"},
        {R"({"annotations": {"a": 1}})", "annotations.a is no text"},
    };
    for (const auto& [text, cause] : cases) {
        try {
            containerPartsOf(text);
            ADD_FAILURE() << "accepted: " << text;
        } catch (const host::Error& error) {
            EXPECT_EQ(error.what(), std::string("config.json is no OCI configuration: ") + cause);
        }
    }
}

/// Specs that have some of what edits touch, in any state, by a seed.
class SpecMaker {
  public:
    explicit SpecMaker(unsigned seed) : random_(seed) {}

    OciSpec make() {
        OciSpec spec = {{"ociVersion", "1.0.2"}, {"a/b~c", 1}};
        if (maybe()) {
            spec["process"] = {{"cwd", "/"}};
            put(spec["process"], "env", {"A=1", "NEW=0", "NVIDIA_VISIBLE_DEVICES=all", "odd"});
            if (maybe()) {
                spec["process"]["user"] = {{"uid", 1}};
                put(spec["process"]["user"], "additionalGids", {1, 44});
            }
        }
        put(spec, "mounts",
            {{{"source", "/x"}, {"destination", "/usr/bin/nvidia-smi"}, {"odd", 1}},
             {{"destination", "/proc"}},
             {{"options", {"ro", "rbind"}},
              {"destination", "/usr/bin/nvidia-smi"},
              {"source", "/root/usr/bin/nvidia-smi"},
              {"type", "bind"}}});
        if (maybe()) {
            spec["linux"] = OciSpec::object();
            put(spec["linux"], "devices",
                {{{"gid", 7}, {"path", "/dev/nvidia0"}}, {{"path", "/dev/x"}}});
            if (maybe()) {
                spec["linux"]["resources"] = {{"memory", nullptr}};
                put(spec["linux"]["resources"], "devices",
                    {{{"access", "rw"}, {"allow", true}},
                     {{"allow", true},
                      {"type", "c"},
                      {"major", 12},
                      {"minor", 3},
                      {"access", "rw"}},
                     {{"allow", false}, {"access", "rwm"}}});
            }
        }
        if (maybe()) {
            spec["hooks"] = OciSpec::object();
            put(spec["hooks"], "createContainer",
                {{{"path", "/bin/hook"}, {"args", {"hook", "one"}}, {"env", {"A=b"}}},
                 {{"path", "/other"}}});
        }
        spec["last"] = nullptr;
        return spec;
    }

  private:
    bool maybe() { return random_() % 3 != 0; }

    /// Nothing, null, or some of the entries in some order.
    void put(OciSpec& object, const char* name, std::vector<OciSpec> entries) {
        if (!maybe()) {
            return;
        }
        object[name] = nullptr;
        if (maybe()) {
            std::shuffle(entries.begin(), entries.end(), random_);
            entries.resize(random_() % (entries.size() + 1));
            object[name] = entries;
        }
    }

    std::mt19937 random_;
};

TEST(OciSpec, EditsPutInTwiceAreThereOnceAndLeaveNothingBehind) {
    const auto lookup = [](const std::filesystem::path& path) {
        HostNode node = lookedUp(path);
        node.permissions = 0660;
        node.gid = 27;
        return node;
    };
    for (unsigned seed = 0; seed < 300; ++seed) {
        const OciSpec original = SpecMaker(seed).make();
        OciSpec spec = original;
        const OciSpec undo = applyEdits(spec, kEdits, lookup);
        const OciSpec once = spec;
        const OciSpec secondUndo = applyEdits(spec, kEdits, lookup);
        ASSERT_EQ(spec.dump(), once.dump()) << original.dump();
        ASSERT_THAT(secondUndo, IsEmpty());
        removeEdits(spec, undo);
        ASSERT_EQ(spec.dump(), original.dump()) << once.dump();
    }
}

} // namespace
} // namespace toolkit
