#include "precompile/oci/container_image.h"

#include "host/archive/archive.h"
#include "host/base/error.h"
#include "host/crypto/digest.h"
#include "tests/unit/precompile/sample.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace precompile {
namespace {

using Json = nlohmann::ordered_json;
using testing::HasSubstr;
namespace fs = std::filesystem;

constexpr const char* kIndexType = "application/vnd.oci.image.index.v1+json";
constexpr const char* kManifestType = "application/vnd.oci.image.manifest.v1+json";

/// A layout with an image of one layer for each platform that is asked for.
class Layout {
  public:
    explicit Layout(fs::path root) : root_(std::move(root)) {
        fs::create_directories(root_ / "blobs/sha256");
        put("oci-layout", R"({"imageLayoutVersion":"1.0.0"})");
    }

    Json addBlob(const std::string& type, const std::string& content) {
        const std::string digest = host::digestOf(content);
        put("blobs/sha256/" + digest, content);
        return {{"mediaType", type}, {"digest", "sha256:" + digest}, {"size", content.size()}};
    }

    Json addImage(const std::string& architecture) {
        const Json layer = addBlob("application/vnd.oci.image.layer.v1.tar",
                                   "the root file system for " + architecture);
        const Json config = {
            {"architecture", architecture},
            {"os", "linux"},
            {"config", {{"Entrypoint", {"/usr/bin/driverctl"}}}},
            {"rootfs", {{"type", "layers"}, {"diff_ids", Json::array({layer["digest"]})}}},
            {"history", Json::array({{{"created_by", "tests"}}})}};
        const Json manifest = {
            {"schemaVersion", 2},
            {"mediaType", kManifestType},
            {"config", addBlob("application/vnd.oci.image.config.v1+json", config.dump())},
            {"layers", Json::array({layer})},
            {"annotations", {{"kept", "as it is"}}}};
        Json descriptor = addBlob(kManifestType, manifest.dump());
        descriptor["platform"] = {{"architecture", architecture}, {"os", "linux"}};
        return descriptor;
    }

    static Json named(Json descriptor, const std::string& name) {
        descriptor["annotations"]["org.opencontainers.image.ref.name"] = name;
        return descriptor;
    }

    void writeIndex(const Json& entries) {
        put("index.json", Json{{"schemaVersion", 2}, {"manifests", entries}}.dump());
    }

    void put(const fs::path& name, const std::string& content) const {
        host::writeFileAtomic(root_ / name, content);
    }

    [[nodiscard]] Json at(const Json& descriptor) const {
        const auto digest = descriptor.at("digest").get<std::string>();
        return Json::parse(host::readFile(root_ / "blobs/sha256" / digest.substr(7)));
    }
    [[nodiscard]] Json index() const { return Json::parse(host::readFile(root_ / "index.json")); }
    [[nodiscard]] const fs::path& root() const { return root_; }

  private:
    fs::path root_;
};

using Files = std::map<std::string, std::string>;

Files filesOf(const fs::path& directory) {
    Files files;
    for (const auto& entry : fs::recursive_directory_iterator(directory)) {
        if (entry.is_symlink()) {
            files[entry.path().lexically_relative(directory)] = "link";
        } else if (entry.is_regular_file()) {
            files[entry.path().lexically_relative(directory)] = host::readFile(entry.path());
        }
    }
    return files;
}

Files membersOf(const fs::path& archive) {
    Files files;
    host::TarReader reader(archive, host::TarReader::Directories::Skip);
    while (const auto member = reader.next()) {
        files[member->name] = reader.read(1 << 20);
    }
    return files;
}

class OciImageTest : public testing::Test {
  protected:
    OciImageTest() {
        layout.writeIndex(Json::array({Layout::named(layout.addImage("amd64"), "a")}));
    }

    ChangedImage add(const fs::path& image, const fs::path& output = {},
                     const std::string& reference = {}) {
        return addPackages({.image = image,
                            .output = output,
                            .reference = reference,
                            .storePath = "/var/lib/driverctl/packages",
                            .time = 1700000000},
                           packages);
    }
    fs::path copyOf(const std::string& name) {
        fs::copy(layout.root(), sample.directory.path() / name, fs::copy_options::recursive);
        return sample.directory.path() / name;
    }

    tests::SamplePackage sample;
    std::vector<Package> packages{Package(sample.file)};
    Layout layout{sample.directory.path() / "layout"};
};

TEST_F(OciImageTest, AppendsALayerAndChangesNothingElse) {
    const Files before = filesOf(layout.root());
    const auto changed = add(layout.root());
    EXPECT_FALSE(changed.layerWasThere);

    Files after = filesOf(layout.root());
    EXPECT_EQ(after.size(), before.size() + 3) << "layer, configuration, manifest";
    for (const auto& [name, content] : before) {
        EXPECT_TRUE(name == "index.json" || after[name] == content) << name;
    }
    const Json entry = layout.index()["manifests"][0];
    EXPECT_EQ(entry["digest"], changed.manifest);
    EXPECT_EQ(entry["annotations"]["org.opencontainers.image.ref.name"], "a");
    const Json manifest = layout.at(entry);
    EXPECT_EQ(manifest["annotations"]["kept"], "as it is");
    ASSERT_EQ(manifest["layers"].size(), 2U);
    EXPECT_EQ(manifest["layers"][1]["digest"], changed.layer);
    const Json config = layout.at(manifest["config"]);
    EXPECT_EQ(config["rootfs"]["diff_ids"][1], changed.layer);
    EXPECT_EQ(config["history"][1]["created"], "2023-11-14T22:13:20Z");
    EXPECT_EQ(config["config"]["Entrypoint"][0], "/usr/bin/driverctl");

    const auto identity = tests::sampleIdentity();
    EXPECT_EQ(membersOf(layout.root() / "blobs/sha256" / changed.layer.substr(7)),
              (Files{{"var/lib/driverctl/packages/" + identity.directoryName() + "/" +
                          identity.fileName(),
                      host::readFile(sample.file)}}));
}

TEST_F(OciImageTest, SameInputsGiveTheSameBytes) {
    const auto other = copyOf("other");
    add(layout.root());
    add(other);
    EXPECT_EQ(filesOf(layout.root()), filesOf(other));
}

TEST_F(OciImageTest, TwiceIsOnce) {
    const auto first = add(layout.root());
    const Files once = filesOf(layout.root());
    const auto second = add(layout.root());
    EXPECT_TRUE(second.layerWasThere);
    EXPECT_EQ(second.manifest, first.manifest);
    EXPECT_EQ(filesOf(layout.root()), once);
}

TEST_F(OciImageTest, ArchivesHoldWhatTheLayoutDoes) {
    const auto archive = sample.directory.path() / "image.tar";
    const auto changed = add(layout.root(), archive);
    EXPECT_EQ(layout.index()["manifests"][0]["digest"] == changed.manifest, false);
    const std::string bytes = host::readFile(archive);
    EXPECT_TRUE(add(archive).layerWasThere);
    EXPECT_EQ(host::readFile(archive), bytes);
    const auto again = sample.directory.path() / "again.tar";
    add(archive, again);
    EXPECT_EQ(host::readFile(again), bytes);
    add(layout.root());
    EXPECT_EQ(membersOf(archive), filesOf(layout.root()));
}

TEST_F(OciImageTest, OfSeveralPlatformsThePackagesOwnIsChanged) {
    const Json arm = layout.addImage("arm64");
    const Json amd = layout.addImage("amd64");
    const Json platforms = {
        {"schemaVersion", 2}, {"mediaType", kIndexType}, {"manifests", Json::array({arm, amd})}};
    layout.writeIndex(Json::array({layout.addBlob(kIndexType, platforms.dump())}));
    const auto changed = add(layout.root());
    const Json after = layout.at(layout.index()["manifests"][0]);
    EXPECT_EQ(after["manifests"][0], arm);
    EXPECT_EQ(after["manifests"][1]["digest"], changed.manifest);
    EXPECT_EQ(after["manifests"][1]["platform"], amd["platform"]);
}

TEST_F(OciImageTest, OfSeveralImagesTheNamedOneIsChanged) {
    const Json one = Layout::named(layout.addImage("amd64"), "one");
    layout.writeIndex(Json::array({one, Layout::named(layout.addImage("amd64"), "two")}));
    EXPECT_THAT([&] { add(layout.root()); },
                testing::ThrowsMessage<host::Error>(HasSubstr("2 images (named one, two)")));
    const auto changed = add(layout.root(), {}, "two");
    EXPECT_EQ(layout.index()["manifests"][0], one);
    EXPECT_EQ(layout.index()["manifests"][1]["digest"], changed.manifest);
}

TEST_F(OciImageTest, RemovesWhatAKilledWriterLeftAndNothingElse) {
    layout.put(".driverctl-notes", "mine");
    fs::create_directory(layout.root() / ".driverctl-tmp-Ab12Cd");
    add(layout.root());
    EXPECT_FALSE(fs::exists(layout.root() / ".driverctl-tmp-Ab12Cd"));
    EXPECT_TRUE(fs::exists(layout.root() / ".driverctl-notes"));
}

TEST_F(OciImageTest, ReplacedArchiveKeepsModeAndLink) {
    const auto directory = layout.root().parent_path();
    const auto archive = directory / "image.tar";
    const auto link = directory / "link.tar";
    add(layout.root(), archive);
    const auto before = host::readFile(archive);
    fs::permissions(archive, fs::perms(0600));
    fs::create_symlink("image.tar", link);
    host::writeFileAtomic(directory / "whole.tar", before);
    for (const auto& output : {fs::path(), link}) {
        add(output.empty() ? link : directory / "whole.tar", output);
        EXPECT_TRUE(fs::is_symlink(link));
        EXPECT_EQ(fs::status(archive).permissions(), fs::perms(0600));
    }
}

/// What is done to a good layout, what the refusal says, and its fault.
struct Refusal {
    const char* name;
    void (*change)(Layout& layout);
    const char* message;
    host::Fault fault;
};

fs::path firstLayer(const Layout& layout) {
    const Json manifest = layout.at(layout.index()["manifests"][0]);
    return fs::path("blobs/sha256") / manifest["layers"][0]["digest"].get<std::string>().substr(7);
}

void changeEntry(Layout& layout, const char* key, const Json& value) {
    Json index = layout.index();
    index["manifests"][0][key] = value;
    layout.put("index.json", index.dump());
}

const Refusal kRefusals[] = {
    {"MissingLayer", [](Layout& it) { fs::remove(it.root() / firstLayer(it)); },
     "is missing or does not have", host::Fault::Verification},
    {"DamagedLayer", [](Layout& it) { it.put(firstLayer(it), "the root file system for Amd64"); },
     "does not have the digest that its name says", host::Fault::Verification},
    {"MissingManifest",
     [](Layout& it) { changeEntry(it, "digest", "sha256:" + std::string(64, '0')); },
     "the blob sha256:0000", host::Fault::Verification},
    {"WrongSize", [](Layout& it) { changeEntry(it, "size", 1); },
     "does not have the size and digest", host::Fault::Verification},
    {"SizeThatIsNoInteger", [](Layout& it) { changeEntry(it, "size", 1e45); },
     "is no number of bytes", host::Fault::Verification},
    {"DigestThatIsAPath",
     [](Layout& it) { changeEntry(it, "digest", "sha256:../../../etc/passwd"); },
     "is no SHA-256 digest", host::Fault::Verification},
    {"LayerThatIsALink",
     [](Layout& it) {
         fs::remove(it.root() / firstLayer(it));
         fs::create_symlink("/etc/passwd", it.root() / firstLayer(it));
     },
     "is no regular file", host::Fault::Verification},
    {"BlobsThatAreALink",
     [](Layout& it) {
         fs::rename(it.root() / "blobs", it.root().string() + "-elsewhere");
         fs::create_directory_symlink(it.root().string() + "-elsewhere", it.root() / "blobs");
     },
     "'blobs' is no regular file", host::Fault::Verification},
    {"NoIndex", [](Layout& it) { fs::remove(it.root() / "index.json"); }, "there is no index.json",
     host::Fault::Verification},
    {"NoJson", [](Layout& it) { it.put("index.json", "{\"manifests\":"); },
     "index.json does not have the form", host::Fault::Verification},
    {"WrongForm", [](Layout& it) { it.put("index.json", R"({"manifests":{"a":[]}})"); },
     "index.json does not have the form", host::Fault::Verification},
    {"NoEntries", [](Layout& it) { it.writeIndex(Json::array()); }, "none of 0 images",
     host::Fault::Usage},
    {"DeepJson", [](Layout& it) { it.put("index.json", std::string(100'000, '[')); },
     "nested deeper than 16 levels", host::Fault::Verification},
    {"FieldTwice", [](Layout& it) { it.put("index.json", R"({"manifests":[],"manifests":[]})"); },
     "it has the field 'manifests' twice", host::Fault::Verification},
    {"NoLayout", [](Layout& it) { fs::remove(it.root() / "oci-layout"); }, "it has no oci-layout",
     host::Fault::Usage},
    {"DockerArchive", [](Layout& it) { it.put("manifest.json", "[]"); }, "it is a docker-archive",
     host::Fault::Usage},
    {"DockerManifest",
     [](Layout& it) {
         changeEntry(it, "mediaType", "application/vnd.docker.distribution.manifest.v2+json");
     },
     "has the type application/vnd.docker", host::Fault::Usage},
    {"AnotherArchitecture", [](Layout& it) { it.writeIndex(Json::array({it.addImage("arm64")})); },
     "the image is for linux arm64, the packages are for linux amd64", host::Fault::Usage},
};

class OciRefusal : public OciImageTest, public testing::WithParamInterface<Refusal> {};

TEST_P(OciRefusal, NamesTheCauseAndChangesNothing) {
    GetParam().change(layout);
    const Files before = filesOf(layout.root());
    try {
        add(layout.root());
        ADD_FAILURE() << "accepted";
    } catch (const host::Error& error) {
        EXPECT_THAT(error.what(), HasSubstr(layout.root().string()));
        EXPECT_THAT(error.what(), HasSubstr(GetParam().message));
        EXPECT_EQ(error.fault(), GetParam().fault);
    }
    EXPECT_EQ(filesOf(layout.root()), before);
}

INSTANTIATE_TEST_SUITE_P(All, OciRefusal, testing::ValuesIn(kRefusals),
                         [](const auto& each) { return each.param.name; });

TEST_F(OciImageTest, RefusesTwoPackagesForTheSame) {
    packages.emplace_back(sample.write(tests::sampleIdentity(), "again.tar"));
    EXPECT_THAT([&] { add(layout.root()); },
                testing::ThrowsMessage<host::Error>(HasSubstr("again.tar both are for driver")));
}

TEST_F(OciImageTest, RefusesPackagesOfTwoArchitectures) {
    auto identity = tests::sampleIdentity();
    identity.target.architecture = "aarch64";
    packages.emplace_back(sample.write(identity, "arm.tar"));
    EXPECT_THAT([&] { add(layout.root()); },
                testing::ThrowsMessage<host::Error>(HasSubstr("arm.tar for aarch64")));
}

TEST_F(OciImageTest, DamageInsideAnArchiveLeavesNoOutput) {
    const auto archive = sample.directory.path() / "image.tar";
    add(layout.root(), archive);
    std::string bytes = host::readFile(archive);
    bytes.at(bytes.find("the root file system")) = 'T';
    sample.directory.write("image.tar", bytes);
    sample.directory.write("out/keep", "");
    EXPECT_THAT([&] { add(archive, sample.directory.path() / "out/image.tar"); },
                testing::ThrowsMessage<host::Error>(HasSubstr("does not have the digest")));
    EXPECT_EQ(filesOf(sample.directory.path() / "out"), (Files{{"keep", ""}}));
}

} // namespace
} // namespace precompile
