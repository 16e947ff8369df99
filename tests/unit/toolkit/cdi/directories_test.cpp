#include "toolkit/cdi/directories.h"

#include "host/base/error.h"
#include "tests/unit/temporary.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/stat.h>

namespace cdi = toolkit::cdi;
namespace fs = std::filesystem;
using cdi::DeviceState;
using testing::ElementsAre;
using testing::IsEmpty;

namespace {

/// Devices that need nothing of the host.
std::string specification(const std::string& kind, const std::vector<std::string>& devices) {
    auto json = nlohmann::json{{"cdiVersion", "0.5.0"}, {"kind", kind}};
    for (const auto& name : devices) {
        json["devices"].push_back({{"name", name}, {"containerEdits", {{"env", {"A=b"}}}}});
    }
    return json.dump();
}

class CdiDirectories : public testing::Test {
  protected:
    [[nodiscard]] cdi::Listing list() const {
        return cdi::listDirectories(
            {host_.path() / "etc", host_.path() / "run"},
            {.proc = host_.path() / "proc", .sys = host_.path() / "sys", .root = host_.path()});
    }
    /// "NAME FILE STATE OTHER", with paths from the host's directory on.
    [[nodiscard]] std::vector<std::string> devices() const {
        std::vector<std::string> lines;
        for (const auto& device : list().devices) {
            const char* const states[] = {"usable", "hidden", "ambiguous"};
            lines.push_back(fmt::format("{} {} {} {}", device.name, inside(device.file),
                                        states[static_cast<int>(device.state)],
                                        inside(device.other)));
        }
        return lines;
    }
    [[nodiscard]] std::string inside(const fs::path& path) const {
        return path.empty() ? "-" : path.lexically_relative(host_.path()).string();
    }
    tests::Directory host_;
};

} // namespace

TEST_F(CdiDirectories, MayBeMissing) {
    EXPECT_THAT(list().files, IsEmpty());
    EXPECT_THAT(devices(), IsEmpty());
}

TEST_F(CdiDirectories, ALaterOneHidesAnEarlierOne) {
    host_.write("etc/nvidia.json", specification("nvidia.com/gpu", {"0", "old"}));
    host_.write("etc/other.json", specification("other.com/gpu", {"0"}));
    host_.write("run/nvidia.json", specification("nvidia.com/gpu", {"0", "1"}));
    EXPECT_THAT(devices(), ElementsAre("nvidia.com/gpu=0 etc/nvidia.json hidden run/nvidia.json",
                                       "nvidia.com/gpu=old etc/nvidia.json usable -",
                                       "other.com/gpu=0 etc/other.json usable -",
                                       "nvidia.com/gpu=0 run/nvidia.json usable -",
                                       "nvidia.com/gpu=1 run/nvidia.json usable -"));
}

TEST_F(CdiDirectories, OneThatIsNamedTwiceCountsOnce) {
    host_.write("etc/nvidia.json", specification("nvidia.com/gpu", {"0"}));
    host_.write("run/nvidia.json", specification("nvidia.com/gpu", {"0"}));
    fs::create_directory_symlink("etc", host_.path() / "link");
    const auto listing = cdi::listDirectories(
        {host_.path() / "etc", host_.path() / "run", host_.path() / "link"}, {});
    ASSERT_EQ(listing.devices.size(), 2U);
    EXPECT_EQ(listing.devices[0].state, DeviceState::Hidden) << "the first name is not the place";
    EXPECT_EQ(listing.devices[1].state, DeviceState::Usable);
    EXPECT_EQ(listing.devices[1].file, host_.path() / "link/nvidia.json");
}

TEST(CdiDirectory, IsItselfByWhateverName) {
    const tests::Directory host;
    fs::create_directories(host.path() / "run");
    fs::create_directory_symlink("../run", host.path() / "run/var");
    const fs::path run = host.path() / "run";
    EXPECT_TRUE(cdi::isSameDirectory(run, run / "var"));
    EXPECT_TRUE(cdi::isSameDirectory(run / "cdi", run / "var/cdi"));
    EXPECT_TRUE(cdi::isSameDirectory(run / "cdi", run / "x/../cdi"));
    EXPECT_FALSE(cdi::isSameDirectory(run / "cdi", run / "var/other"));
    host.write("file", "");
    EXPECT_FALSE(cdi::isSameDirectory(host.path() / "file/a", host.path() / "file/b"));
}

TEST_F(CdiDirectories, ANameMayLookLikeANumber) {
    host_.write("etc/a.yaml", "cdiVersion: 0.5.0\nkind: v/c\ndevices:\n- name: 0\n"
                              "  containerEdits: {env: [A=b]}\n");
    host_.write("run/a.json", R"({"cdiVersion": "0.5.0", "kind": "v/c", "devices": [
        {"name": 0, "containerEdits": {"env": ["A=b"]}}]})");
    EXPECT_THAT(devices(),
                ElementsAre("v/c=0 etc/a.yaml hidden run/a.json", "v/c=0 run/a.json usable -"));
}

TEST_F(CdiDirectories, TwoInOneDirectoryAreNone) {
    host_.write("etc/a.json", specification("v/c", {"0", "1"}));
    host_.write("etc/b.json", specification("v/c", {"0"}));
    host_.write("run/c.json", specification("v/c", {"0"})); // readers do not take this one either
    EXPECT_THAT(devices(),
                ElementsAre("v/c=0 etc/a.json ambiguous etc/b.json", "v/c=1 etc/a.json usable -",
                            "v/c=0 etc/b.json ambiguous etc/a.json",
                            "v/c=0 run/c.json ambiguous etc/a.json"));
}

TEST_F(CdiDirectories, OnlyCdiFilesCount) {
    host_.write("etc/a.yaml", "cdiVersion: 0.5.0\nkind: v/c\ndevices:\n- name: \"0\"\n"
                              "  containerEdits: {env: [A=b]}\n");
    host_.write("etc/a.yml", specification("v/c", {"0"}));
    host_.write("etc/a.json.bak", specification("v/c", {"0"}));
    host_.write("etc/below.json/a.json", specification("v/c", {"0"}));
    ASSERT_EQ(::mkfifo((host_.path() / "etc/pipe.json").c_str(), 0600), 0);
    EXPECT_THAT(devices(), ElementsAre("v/c=0 etc/a.yaml usable -"));
}

TEST_F(CdiDirectories, AFileSaysWhyItIsDropped) {
    struct Case {
        const char* name;
        const char* text;
        const char* problem;
    };
    const Case cases[] = {
        {"a.json", "{", "it is no JSON, from byte 2 on"},
        {"b.json", "", "it is empty"},
        {"c.yaml", "a: [", "it is no YAML, from line 1 on"},
        {"d.yaml", "", "not an object"},
        {"e.json",
         R"({"cdiVersion": "0.5.0", "kind": "v/c", "devices": [], "containerEdits": null})",
         "devices: no devices"},
    };
    for (const auto& [name, text, problem] : cases) {
        host_.write(fs::path("etc") / name, text);
    }
    const auto listing = list();
    ASSERT_EQ(listing.files.size(), std::size(cases));
    for (std::size_t index = 0; index < std::size(cases); ++index) {
        EXPECT_EQ(inside(listing.files[index].path), std::string("etc/") + cases[index].name);
        EXPECT_THAT(listing.files[index].problems, ElementsAre(cases[index].problem));
    }
    EXPECT_THAT(listing.devices, IsEmpty());
}

TEST_F(CdiDirectories, ALinkToNowhereIsAFileWithAProblem) {
    fs::create_directory(host_.path() / "etc");
    fs::create_symlink("nowhere", host_.path() / "etc/a.json");
    ASSERT_EQ(list().files.size(), 1U);
    EXPECT_THAT(list().files[0].problems, ElementsAre(testing::HasSubstr("No such file")));
}

TEST_F(CdiDirectories, FindingsAreAboutGpus) {
    const auto lost = nlohmann::json{
        {"cdiVersion", "0.5.0"},
        {"kind", "nvidia.com/gpu"},
        {"devices",
         {{{"name", "lost"},
           {"containerEdits", {{"deviceNodes", {{{"path", "/dev/a"}}, {{"path", "/dev/b"}}}}}}}}}};
    auto other = lost;
    other["kind"] = "other.com/gpu";
    host_.write("etc/nvidia.yaml", "a: [");
    host_.write("etc/other.json", other.dump());
    host_.write("etc/stale.json", lost.dump());
    host_.write("etc/shared.json", specification("nvidia.com/gpu.shared", {"0"}));
    host_.write("etc/twice.json", specification("nvidia.com/gpu.shared", {"0"}));
    host_.write("run/one.json", specification("nvidia.com/gpu", {"0", "1"}));
    host_.write("run/two.json", specification("nvidia.com/gpu", {"0", "1"}));

    std::vector<std::string> texts;
    for (const auto& finding : findingsIn(list())) {
        texts.push_back(finding.text);
        EXPECT_FALSE(finding.remedy.empty());
    }
    const auto path = [this](const char* name) { return (host_.path() / name).string(); };
    EXPECT_THAT(
        texts,
        ElementsAre("readers drop " + path("etc/nvidia.yaml") + ": it is no YAML, from line 1 on",
                    path("etc/stale.json") + " is of another boot or driver: the node "
                                             "/dev/a is not there (and 1 more)",
                    "nvidia.com/gpu=0 is in both " + path("run/one.json") + " and " +
                        path("run/two.json") + ": no container can have it"));
}
