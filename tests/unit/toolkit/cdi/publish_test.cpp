#include "toolkit/cdi/publish.h"

#include "host/base/error.h"
#include "tests/unit/recording_node_actions.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

namespace cdi = toolkit::cdi;
using testing::ElementsAre;

namespace {

cdi::Specification named(const char* device) {
    return {.kind = "nvidia.com/gpu",
            .devices = {{.name = device, .edits = {.env = {"A=b"}}}},
            .edits = {}};
}

} // namespace

TEST(CdiPublish, WritesOnlyWhatIsNew) {
    const tests::Directory node;
    tests::RecordingNodeActions actions(node);
    const auto directory = node.path() / "var/run/cdi";
    const auto file = directory / "nvidia.com-gpu.json";
    EXPECT_EQ(cdi::publishedFile(directory), file);

    EXPECT_TRUE(cdi::publish(actions, directory, named("0")));
    EXPECT_EQ(host::readFile(file), toText(named("0"), cdi::Format::Json));
    EXPECT_FALSE(cdi::publish(actions, directory, named("0")));
    EXPECT_TRUE(cdi::publish(actions, directory, named("1")));
    EXPECT_EQ(host::readFile(file), toText(named("1"), cdi::Format::Json));
    EXPECT_THAT(actions.calls, ElementsAre("write var/run/cdi/nvidia.com-gpu.json",
                                           "write var/run/cdi/nvidia.com-gpu.json"));
}

TEST(CdiPublish, APipeIsNotWaitedForAndStays) {
    const tests::Directory node;
    const auto pipe = node.path() / "gpus.json";
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    EXPECT_THROW(cdi::replaceIfChanged(host::systemNodeActions(), pipe, "x"), host::Error);
    EXPECT_TRUE(std::filesystem::is_fifo(pipe));
}

TEST(CdiPublish, AFileIsWorldReadableAndItsDirectoryIsMade) {
    const tests::Directory node;
    const auto directory = node.path() / "var/run/cdi";
    cdi::publish(host::systemNodeActions(), directory, named("0"));
    EXPECT_EQ(std::filesystem::status(cdi::publishedFile(directory)).permissions(),
              std::filesystem::perms(0644));
}
