#include "toolkit/hooks/container_state.h"

#include "host/base/error.h"
#include "host/base/fd.h"
#include "host/base/memory_file.h"
#include "tests/unit/temporary.h"
#include "toolkit/bundle/bundle.h"

#include <fcntl.h>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace toolkit {
namespace {

using testing::HasSubstr;

TEST(ContainerState, IsWhatRuncAndCrunSay) {
    // runc 1.1.5 and crun 1.8.1, createContainer
    const auto runc = parseContainerState(R"({"ociVersion":"1.0.2-dev","id":"c","status":"creating",
        "pid":1,"bundle":"/run/b"})");
    EXPECT_EQ(runc.bundle, "/run/b");
    EXPECT_EQ(runc.root, "");
    const auto crun = parseContainerState(R"({"ociVersion":"1.0","id":"c","pid":1,
        "root":"/run/b/rootfs","bundle":"/run/b","status":"created","annotations":{"a":"b"}})");
    EXPECT_EQ(crun.root, "/run/b/rootfs");
}

struct BadState {
    const char* text;
    const char* refusal;
};

class RefusedState : public testing::TestWithParam<BadState> {};

TEST_P(RefusedState, SaysWhatIsWrong) {
    EXPECT_THAT(
        [] { parseContainerState(GetParam().text); },
        testing::ThrowsMessage<host::Error>(HasSubstr(
            std::string("standard input is no state of a container: ") + GetParam().refusal)));
}

INSTANTIATE_TEST_SUITE_P(
    States, RefusedState,
    testing::Values(BadState{"", "it is empty"}, BadState{"[]", "it is no object"},
                    BadState{R"({"id":"c"})", "it has no field 'bundle'"},
                    BadState{R"({"bundle":"b"})", "bundle has the invalid value 'b'"},
                    BadState{R"({"bundle":"/b","bundle":"/c"})", "it has the field 'bundle' twice"},
                    BadState{R"({"bundle":"/b","root":3})", "root is no text"}));

TEST(ContainerState, HasASize) {
    const host::Fd input = host::memoryFile("state");
    host::writeAll(input.get(), std::string((1 << 20) + 1, ' '), "state");
    ASSERT_EQ(::lseek(input.get(), 0, SEEK_SET), 0);
    EXPECT_THAT([&] { readContainerState(input.get()); },
                testing::ThrowsMessage<host::Error>(HasSubstr("standard input is larger than")));
}

TEST(ContainerRootPath, IsTheStatesOrTheConfigurations) {
    const tests::Directory bundle;
    bundle.write("config.json", R"({"root":{"path":"rootfs"}})");
    EXPECT_EQ(containerRootPath({.bundle = bundle.path(), .root = {}}), bundle.path() / "rootfs");
    bundle.write("config.json", R"({"root":{"path":"/elsewhere"}})");
    EXPECT_EQ(containerRootPath({.bundle = bundle.path(), .root = {}}), "/elsewhere");
    EXPECT_EQ(containerRootPath({.bundle = bundle.path(), .root = "/of/the/state"}),
              "/of/the/state");
}

TEST(ContainerRootPath, NamesTheConfigurationThatIsNone) {
    const tests::Directory bundle;
    bundle.write("config.json", R"({"root":{}})");
    EXPECT_THAT([&] { containerRootPath({.bundle = bundle.path(), .root = {}}); },
                testing::ThrowsMessage<host::Error>(
                    HasSubstr("config.json is no OCI configuration: root has no field 'path'")));
}

struct NoConfig {
    const char* name;
    void (*lay)(const std::filesystem::path& at);
    const char* refusal;
};

class RefusedConfig : public testing::TestWithParam<NoConfig> {};

TEST_P(RefusedConfig, IsNotWaitedFor) {
    const tests::Directory bundle;
    const auto config = bundle.path() / "config.json";
    GetParam().lay(config);
    EXPECT_THAT([&] { containerRootPath({.bundle = bundle.path(), .root = {}}); },
                testing::ThrowsMessage<host::Error>(config.string() + GetParam().refusal));
}

INSTANTIATE_TEST_SUITE_P(
    Configs, RefusedConfig,
    testing::Values(
        NoConfig{"Pipe", [](const auto& at) { ASSERT_EQ(::mkfifo(at.c_str(), 0600), 0); },
                 " is no regular file"},
        NoConfig{"Directory", [](const auto& at) { std::filesystem::create_directory(at); },
                 " is no regular file"},
        NoConfig{"Device", [](const auto& at) { std::filesystem::create_symlink("/dev/zero", at); },
                 " is no regular file"},
        NoConfig{"TooLarge",
                 [](const auto& at) {
                     std::ofstream{at};
                     std::filesystem::resize_file(at, kLargestContainerConfig + 1);
                 },
                 " is larger than 16777216 bytes"}),
    [](const auto& named) { return named.param.name; });

} // namespace
} // namespace toolkit
