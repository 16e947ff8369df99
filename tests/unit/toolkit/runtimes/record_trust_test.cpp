#include "toolkit/runtimes/record_trust.h"

#include "tests/unit/toolkit/runtimes/configured_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace toolkit::runtimes {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr const char* kHome = "/home/user/.config";
constexpr const char* kDaemon = "/home/user/.config/docker/daemon.json";
constexpr const char* kRecord = "/home/user/.config/docker/daemon.json.driverctl-nvidia";
constexpr const char* kVictim = "/etc/shadow";

Wish user(Runtime runtime) {
    return {.settings = {.runtime = runtime, .rootless = true, .configHome = kHome}};
}

std::string recordOfFile(const std::string& path) {
    return toText({.files = {{.path = path, .after = "x"}}, .directories = {}});
}

TEST(RecordTrust, NamesNothingButWhatTheWishCanPlan) {
    struct {
        const char* name;
        const char* record;
        std::string text;
        std::function<void(const ConfigFiles&)> remove;
    } const cases[] = {
        {"docker", kRecord, recordOfFile(kVictim),
         [](const auto& files) { remove(user(Runtime::Docker), files, Mode::Real); }},
        {"containerd", "/home/user/.config/containerd/config.toml.driverctl-nvidia",
         recordOfFile(kVictim),
         [](const auto& files) { remove(user(Runtime::Containerd), files, Mode::Real); }},
        {"podman", "/home/user/.config/containers/99-nvidia.conf.driverctl-nvidia",
         recordOfFile(kVictim),
         [](const auto& files) { remove(user(Runtime::Podman), files, Mode::Real); }},
        {"a way round", kRecord, recordOfFile("/home/user/.config/docker/../../../../etc/shadow"),
         [](const auto& files) { remove(user(Runtime::Docker), files, Mode::Real); }},
        {"a directory elsewhere", kRecord, toText({.files = {}, .directories = {"/etc/empty"}}),
         [](const auto& files) { remove(user(Runtime::Docker), files, Mode::Real); }},
        {"hook", "/etc/containers/oci/oci-nvidia-hook.json.driverctl-hook", recordOfFile(kVictim),
         [](const auto& files) { removeHook({}, files, Mode::Real); }},
    };
    for (const auto& [name, record, text, remove] : cases) {
        SCOPED_TRACE(name);
        const tests::ConfiguredTree tree({{kVictim, "root"}, {record, text}});
        fs::create_directories(tree.onHost("/etc/empty"));
        fs::create_directories(tree.onHost("/home/user/.config/containers/containers.conf.d"));
        const auto before = tree.all();
        EXPECT_THAT(tests::refusalOf([&, &remove = remove] { remove(tree.files()); }),
                    HasSubstr(std::string(record) + ": it names "));
        EXPECT_EQ(tree.all(), before);
    }
}

TEST(RecordTrust, IsGivenToAUserForFilesOfTheSameUser) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "root alone is asked who owns the record";
    }
    constexpr uid_t kUser = 1000;
    const auto own = [](const fs::path& path) {
        ASSERT_EQ(::lchown(path.c_str(), kUser, kUser), 0) << path;
    };
    const tests::ConfiguredTree tree({{kDaemon, "{}\n"}});
    own(tree.onHost(kDaemon));
    own(tree.onHost(kDaemon).parent_path());
    const auto before = tree.all();
    configure(user(Runtime::Docker), tree.files(), Mode::Real);
    own(tree.onHost(kRecord));
    remove(user(Runtime::Docker), tree.files(), Mode::Real);
    EXPECT_EQ(tree.all(), before);

    configure(user(Runtime::Docker), tree.files(), Mode::Real);
    own(tree.onHost(kRecord));
    fs::remove(tree.onHost("/home/user/.config/docker/daemon.json.before-driverctl-nvidia"));
    tree.write(kVictim, "root");
    fs::create_symlink(
        tree.onHost(kVictim),
        tree.onHost("/home/user/.config/docker/daemon.json.before-driverctl-nvidia"));
    EXPECT_THAT(tests::refusalOf([&] { remove(user(Runtime::Docker), tree.files(), Mode::Real); }),
                HasSubstr("user 1000 owns it, and not "));
}

} // namespace
} // namespace toolkit::runtimes
