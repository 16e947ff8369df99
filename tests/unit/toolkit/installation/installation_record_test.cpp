#include "toolkit/installation/installation_record.h"

#include "host/base/error.h"
#include "tests/unit/temporary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace toolkit {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(InstallationRecord, IsReadAsItWasWritten) {
    const tests::Directory directory;
    EXPECT_FALSE(readRecord(directory.path())) << "nothing was installed";
    InstallationRecord record{.madeDirectory = true, .prints = {}};
    record.runtimes = {{.runtime = "docker", .name = "nvidia", .config = "/etc/a.json"}};
    record.add("a/program", "sha256:1");
    record.add("a/program", "sha256:2");
    record.add("a/program", "sha256:1");
    writeRecord(directory.path(), record);
    const auto read = readRecord(directory.path());
    ASSERT_TRUE(read);
    EXPECT_TRUE(read->madeDirectory);
    EXPECT_EQ(read->prints, record.prints);
    EXPECT_EQ(read->runtimes, record.runtimes);
    EXPECT_THAT(read->prints.at("a/program"), ElementsAre("sha256:1", "sha256:2"));
    EXPECT_TRUE(read->has("a/program", "sha256:2"));
    EXPECT_FALSE(read->has("a/program", "sha256:3"));
    EXPECT_FALSE(read->has("program", "sha256:1"));
    removeRecord(directory.path());
    EXPECT_FALSE(readRecord(directory.path()));
    removeRecord(directory.path());
}

TEST(InstallationRecord, ThatIsDamagedIsAnError) {
    struct Case {
        const char* record;
        const char* says;
    };
    for (const auto& [record, says] : {
             Case{"{", "is no record of what was installed"},
             Case{R"({"format": 2, "made_directory": false, "files": {}})", "another version"},
             Case{
                 R"({"format": 1, "made_directory": false, "runtimes": [], "files": {"../x": []}})",
                 "outside"},
             Case{R"({"format": 1, "made_directory": false, "runtimes": [], "files": {"/x": []}})",
                  "outside"},
             Case{R"({"format": 1, "made_directory": false, "runtimes": [], "files": {"": []}})",
                  "outside"},
         }) {
        const tests::Directory directory;
        directory.write(".driverctl-installation.json", record);
        try {
            readRecord(directory.path());
            FAIL() << record;
        } catch (const host::Error& error) {
            EXPECT_THAT(error.what(), HasSubstr(says));
            EXPECT_THAT(error.remedy(), HasSubstr(directory.path().string()));
        }
    }
}

TEST(InstallationRecord, PrintsTellFilesApart) {
    const tests::Directory directory;
    const auto file = directory.write("file", "content");
    std::filesystem::create_symlink("file", directory.path() / "link");
    EXPECT_EQ(printOf(file), printOfContent("content"));
    EXPECT_NE(printOf(file), printOfContent("other"));
    EXPECT_EQ(printOf(directory.path() / "link"), printOfLink("file"));
    EXPECT_EQ(printOf(directory.path() / "nothing"), std::nullopt);
    EXPECT_EQ(printOf(directory.path()), "neither a file nor a link");
}

} // namespace
} // namespace toolkit
