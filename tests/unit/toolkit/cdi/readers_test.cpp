#include "toolkit/cdi/readers.h"

#include "host/base/error.h"
#include "host/base/file.h"
#include "tests/unit/temporary.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace cdi = toolkit::cdi;
namespace fs = std::filesystem;
using cdi::Version;
using nlohmann::json;
using testing::ElementsAre;

namespace {

std::vector<std::string> names(std::span<const cdi::Reader> readers) {
    std::vector<std::string> texts;
    for (const auto& reader : readers) {
        texts.push_back(toString(reader));
    }
    return texts;
}

json specification(std::string_view version, const json& edits) {
    return {{"cdiVersion", version},
            {"kind", "nvidia.com/gpu"},
            {"devices", {{{"name", "a"}, {"containerEdits", edits}}}}};
}

void writeProgram(const tests::Directory& directory, const fs::path& name,
                  const std::string& body) {
    const auto file = directory.write(name, "#!/bin/sh\n" + body + "\n");
    fs::permissions(file, fs::perms::owner_all);
}

const json kNode = {{"deviceNodes", {{{"path", "/dev/nvidia0"}}}}};

} // namespace

TEST(CdiReaders, EveryOneIsFoundByItsName) {
    for (const auto& reader : cdi::allReaders()) {
        EXPECT_EQ(cdi::readerOf(toString(reader)), reader);
    }
}

TEST(CdiReaders, ThePageHasTheTable) {
    std::string table = "| reader | newest cdiVersion |\n|---|---|\n";
    for (const auto& reader : cdi::allReaders()) {
        table += fmt::format("| `{}` | {} |\n", toString(reader), toString(reader.newest));
    }
    EXPECT_THAT(host::readFile(fs::path(DRIVERCTL_SOURCE_DIR) / "docs/cdi.md"),
                testing::HasSubstr(table + "\n"));
}

TEST(CdiReaders, ALaterReleaseBelongsToTheSeriesBefore) {
    struct Case {
        const char* release;
        const char* series;
    };
    for (const auto& [release, series] : std::initializer_list<Case>{
             {"podman-4.3.1", "podman-4.3"},
             {"podman-4.8", "podman-4.3"},
             {"podman-5", "podman-4.9"},
             {"podman-6.0.0", "podman-5.8"},
             {"docker-26.1.5+dfsg1", "docker-25.0"},
             {"containerd-v1.7.24~ds1", "containerd-1.7"},
         }) {
        EXPECT_EQ(toString(cdi::readerOf(release)), series) << release;
    }
}

TEST(CdiReaders, OthersAreRefused) {
    for (const auto* const other :
         {"", "podman", "podman-", "podman-x", "podman-3.4", "containerd-1.6", "lxc-5.0", "-4.3"}) {
        EXPECT_THROW(static_cast<void>(cdi::readerOf(other)), host::Error) << other;
    }
}

TEST(CdiReaders, TheOldestDecidesWhatAllKnow) {
    const auto newest = [](std::initializer_list<const char*> programs) {
        std::vector<cdi::Reader> readers;
        for (const auto* const program : programs) {
            readers.push_back(cdi::readerOf(program));
        }
        return cdi::newestKnownToAll(readers);
    };
    EXPECT_EQ(newest({"podman-5.4"}), Version::V0_8_0);
    EXPECT_EQ(newest({"podman-5.4", "podman-4.9"}), Version::V0_6_0);
    EXPECT_EQ(newest({}), Version::V0_5_0);
}

TEST(CdiReaders, AnOldOneSaysWhatItDoesNotKnow) {
    struct Case {
        json document;
        const char* reader;
        std::vector<std::string> objections;
    };
    const json emptyGids = {{"additionalGids", json::array()}, {"env", {"A=b"}}};
    const Case cases[] = {
        {specification("0.5.0", kNode), "podman-4.3", {}},
        {specification("v0.5.0", kNode), "podman-4.3", {"cdiVersion: it knows none with a 'v'"}},
        {specification("v0.5.0", kNode), "podman-4.9", {}},
        {specification("0.6.0", kNode),
         "podman-4.3",
         {"cdiVersion: 0.6.0 is newer than 0.5.0, the newest that it knows"}},
        {specification("0.3.0", emptyGids),
         "podman-4.3",
         {"devices[0].containerEdits.additionalGids: a field since 0.7.0; it knows those of "
          "0.5.0"}},
        {specification("0.7.0", emptyGids), "podman-5.4", {}},
    };
    for (const auto& [document, reader, objections] : cases) {
        EXPECT_EQ(objectionsOf(cdi::readerOf(reader), document), objections) << document;
    }
}

TEST(CdiReaders, AreAskedForTheirVersions) {
    const tests::Directory temporary;
    const auto program = [&](const char* directory, const char* name, const char* body) {
        writeProgram(temporary, fs::path(directory) / name, body);
    };
    program("first", "podman", "echo 'podman version 4.3.1'");
    program("first", "dockerd", "echo 'Docker version 28.5.2+dfsg4, build a72d7cd'");
    program("first", "crio", "exit 1");
    program("second", "podman", "echo 'podman version 5.4.2'");
    program("second", "containerd",
            "echo 'containerd github.com/containerd/containerd 1.7.24~ds1 1.7.24~ds1-6'");
    program("second", "crio", "echo 'crio version 1.30.1'"); // the first one hides it
    const std::vector<fs::path> directories = {
        temporary.path() / "none", temporary.path() / "first", temporary.path() / "second"};
    EXPECT_THAT(names(cdi::findReaders(directories)),
                ElementsAre("containerd-1.7", "docker-28.5", "podman-4.3"));
}

TEST(CdiReaders, OneThatReadsNoCdiDoesNotCount) {
    const tests::Directory temporary;
    writeProgram(temporary, "podman", "echo podman version 3.4.4");
    EXPECT_THAT(names(cdi::findReaders({temporary.path()})), ElementsAre());
}
