#include "toolkit/installation/installed_files.h"

#include "host/base/error.h"
#include "tests/unit/temporary.h"

#include <algorithm>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>

namespace toolkit {
namespace {

namespace fs = std::filesystem;
using Kind = InstalledFile::Kind;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Tree = std::map<std::string, std::string>; ///< "→ target" for a link

constexpr const char* kRecord = ".driverctl-installation.json";

class InstalledFilesTest : public testing::Test {
  protected:
    /// What people see in the directory; the record is not for them.
    [[nodiscard]] Tree tree() const {
        Tree found;
        for (const auto& entry : fs::recursive_directory_iterator(directory)) {
            const auto name = entry.path().lexically_relative(directory).string();
            if (entry.is_symlink()) {
                found[name] = "→ " + fs::read_symlink(entry.path()).string();
            } else if (entry.is_regular_file() && name != kRecord) {
                found[name] = host::readFile(entry.path());
            }
        }
        return found;
    }
    [[nodiscard]] bool hasRecord() const { return fs::exists(directory / kRecord); }
    [[nodiscard]] std::string failureOf(const std::vector<InstalledFile>& items) {
        try {
            files.put(items);
        } catch (const host::Error& error) {
            return error.what();
        }
        return "";
    }

    tests::Directory host;
    fs::path directory = host.path() / "opt/nvidia-runtime";
    std::vector<std::string> notes;
    std::vector<std::string> warnings;
    host::Observer observer{.note = [this](const std::string& text) { notes.push_back(text); },
                            .warn = [this](const std::string& text) { warnings.push_back(text); }};
    InstalledFiles files{directory, observer};
    const std::vector<InstalledFile> first = {{"program", Kind::Program, "one"},
                                              {"name", Kind::Link, "program"},
                                              {".config/a/config.toml", Kind::Document, "x = 1\n"}};
    const std::vector<InstalledFile> second = {
        {"program", Kind::Program, "two"},
        {"other", Kind::Link, "program"},
        {".config/a/config.toml", Kind::Document, "x = 2\n"}};
    const Tree firstTree = {
        {"program", "one"}, {"name", "→ program"}, {".config/a/config.toml", "x = 1\n"}};
    const Tree secondTree = {
        {"program", "two"}, {"other", "→ program"}, {".config/a/config.toml", "x = 2\n"}};
};

TEST_F(InstalledFilesTest, AreThereAndGo) {
    files.put(first);
    EXPECT_EQ(tree(), firstTree);
    EXPECT_EQ(fs::status(directory / "program").permissions(), fs::perms(0755));
    EXPECT_EQ(fs::status(directory / ".config/a/config.toml").permissions(), fs::perms(0644));
    files.put(first);
    EXPECT_EQ(tree(), firstTree);
    files.takeBack();
    EXPECT_FALSE(fs::exists(directory)) << "which was made for them";
    files.takeBack();
    EXPECT_THAT(warnings, IsEmpty());
}

TEST_F(InstalledFilesTest, AnOlderVersionIsReplaced) {
    files.put(first);
    const auto running = host::openFile(directory / "program", O_RDONLY);
    files.put(second);
    EXPECT_EQ(tree(), secondTree);
    EXPECT_EQ(host::readWhole(running, "program"), "one") << "who runs it goes on with it";
    files.takeBack();
    EXPECT_FALSE(fs::exists(directory));
}

TEST_F(InstalledFilesTest, ADirectoryThatWasThereStaysWithWhatIsInIt) {
    host.write("opt/nvidia-runtime/theirs", "");
    files.put(first);
    files.takeBack();
    EXPECT_EQ(tree(), Tree({{"theirs", ""}}));
    EXPECT_FALSE(hasRecord());
}

TEST_F(InstalledFilesTest, WhatIsNotOursIsNotReplaced) {
    struct Case {
        const char* name;
        const char* description;
    };
    for (const auto& [name, description] :
         {Case{"program", "a program of somebody's"}, Case{"name", "a file in a link's place"}}) {
        SCOPED_TRACE(description);
        const auto theirs = host.write(directory / name, "theirs");
        EXPECT_EQ(failureOf(first),
                  theirs.string() + " is there, and was not installed by driverctl as it is");
        EXPECT_EQ(tree(), Tree({{name, "theirs"}})) << "nothing else has changed";
        EXPECT_FALSE(hasRecord());
        fs::remove(theirs);
    }
    fs::create_directories(directory / "program");
    EXPECT_THAT(failureOf(first), HasSubstr("was not installed by driverctl"));
}

TEST_F(InstalledFilesTest, WhatIsThereAlreadyIsOurs) {
    host.write(directory / "program", "one");
    files.put(first);
    files.takeBack();
    EXPECT_EQ(tree(), Tree());
}

TEST_F(InstalledFilesTest, AnAdministratorsDocumentStays) {
    files.put(first);
    host.write(directory / ".config/a/config.toml", "x = 3\n");
    files.put(second);
    const auto document = (directory / ".config/a/config.toml").string();
    EXPECT_EQ(tree().at(".config/a/config.toml"), "x = 3\n");
    EXPECT_THAT(notes, ElementsAre(document + " is not as it was installed, and stays"));
    files.takeBack();
    EXPECT_EQ(tree(), Tree({{".config/a/config.toml", "x = 3\n"}}));
    EXPECT_THAT(warnings, IsEmpty()) << "it is not ours any more";
}

TEST_F(InstalledFilesTest, WhatWasChangedSinceStays) {
    files.put(first);
    host.write(directory / "program", "theirs");
    EXPECT_THAT(failureOf(second), HasSubstr("was not installed by driverctl as it is"));
    files.takeBack();
    EXPECT_EQ(tree(), Tree({{"program", "theirs"}}));
    EXPECT_THAT(warnings, ElementsAre((directory / "program").string() +
                                      " was changed since it was installed, and stays"));
}

/// A record says more than there is when its writer was killed: what comes next goes on from there.
TEST_F(InstalledFilesTest, GoesOnAfterAKill) {
    files.put(first);
    auto record = *readRecord(directory);
    std::ranges::for_each(second, [&](const InstalledFile& file) {
        record.add(file.name, file.kind == Kind::Link ? printOfLink(file.content)
                                                      : printOfContent(file.content));
    });
    host.write(directory / "program", "two"); // one of them was replaced
    fs::create_symlink("program", directory / ".driverctl-new-link");
    const auto kill = [&] { writeRecord(directory, record); };
    kill();
    files.put(first);
    EXPECT_EQ(tree().at("program"), "one");
    kill();
    files.put(second);
    EXPECT_EQ(tree().at("program"), "two");
    kill();
    files.takeBack();
    EXPECT_FALSE(fs::exists(directory));
    EXPECT_THAT(warnings, IsEmpty());
}

TEST_F(InstalledFilesTest, AFailureTakesBackWhatWasPut) {
    fs::create_directories(directory);
    std::ofstream(directory / ".config") << "no directory";
    EXPECT_THAT(failureOf(first), HasSubstr(".config"));
    EXPECT_EQ(tree(), Tree({{".config", "no directory"}}));
    EXPECT_FALSE(hasRecord());
}

TEST_F(InstalledFilesTest, ADamagedRecordStopsAll) {
    host.write(directory / kRecord, "{");
    EXPECT_THAT(failureOf(first), HasSubstr("is no record of what was installed"));
    EXPECT_THROW(files.takeBack(), host::Error);
    EXPECT_EQ(tree(), Tree());
}

} // namespace
} // namespace toolkit
