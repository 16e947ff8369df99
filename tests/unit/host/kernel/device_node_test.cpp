#include "host/kernel/device_node.h"

#include "host/base/error.h"
#include "tests/unit/temporary.h"

#include <atomic>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <thread>
#include <unistd.h>

namespace host {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

struct stat statusOf(const std::filesystem::path& path) {
    struct stat status {};
    EXPECT_EQ(::lstat(path.c_str(), &status), 0) << path;
    return status;
}

/// Nodes need CAP_MKNOD, and so do the tests that make one.
class DeviceNodeTest : public testing::Test {
  protected:
    DeviceNodeTest() {
        std::filesystem::create_directory(dev);
        directory.write("outside/victim", "precious");
        ::chmod((outside / "victim").c_str(), 0600);
    }
    [[nodiscard]] DeviceNode node(const char* name = "nvidia0") const {
        return {.path = dev / name, .number = ::makedev(1, 3), .mode = 0640};
    }
    /// Whether it could be made; otherwise nothing was.
    [[nodiscard]] static bool make(const DeviceNode& node) {
        try {
            makeDeviceNode(node);
        } catch (const SystemError& error) {
            EXPECT_EQ(error.code(), EPERM) << error.what();
            EXPECT_FALSE(std::filesystem::exists(node.path));
            return false;
        }
        const struct stat status = statusOf(node.path);
        EXPECT_TRUE(S_ISCHR(status.st_mode));
        EXPECT_EQ(status.st_rdev, node.number);
        EXPECT_EQ(status.st_mode & 07777U, node.mode);
        EXPECT_EQ(status.st_uid, node.owner);
        EXPECT_EQ(status.st_gid, node.group);
        EXPECT_EQ(changeNeeded(node), NodeChange::None);
        return true;
    }
    void expectTheVictimUntouched() const {
        EXPECT_EQ(readFile(outside / "victim"), "precious");
        EXPECT_EQ(statusOf(outside / "victim").st_mode & 07777U, 0600U);
        EXPECT_EQ(std::distance(std::filesystem::directory_iterator(outside), {}), 1);
    }
    tests::Directory directory;
    std::filesystem::path dev = directory.path() / "dev";
    std::filesystem::path outside = directory.path() / "outside";
};

TEST_F(DeviceNodeTest, IsExactlyWhatWasAskedWhateverTheUmask) {
    const mode_t before = ::umask(077);
    EXPECT_EQ(changeNeeded(node("nvidia-caps/nvidia-cap1")), NodeChange::Make);
    const bool made = make(node("nvidia-caps/nvidia-cap1"));
    ::umask(before);
    EXPECT_EQ(statusOf(dev / "nvidia-caps").st_mode & 07777U, 0755U);
    if (!made) {
        return;
    }
    DeviceNode other = node("nvidia-caps/nvidia-cap1");
    other.mode = 0444;
    other.group = 5;
    EXPECT_EQ(changeNeeded(other), NodeChange::Permit);
    const auto inode = statusOf(other.path).st_ino;
    EXPECT_TRUE(make(other));
    EXPECT_EQ(statusOf(other.path).st_ino, inode) << "the node stays";
    other.number = ::makedev(1, 5);
    EXPECT_EQ(changeNeeded(other), NodeChange::Replace);
    EXPECT_TRUE(make(other));
}

TEST_F(DeviceNodeTest, WhatIsInTheWayIsReplacedNeverFollowed) {
    struct Case {
        const char* name;
        std::function<void(const std::filesystem::path&)> place;
    };
    const Case cases[] = {
        {"file", [&](const auto& path) { directory.write(path, "in the way"); }},
        {"link",
         [&](const auto& path) { std::filesystem::create_symlink(outside / "victim", path); }},
        {"dangling", [&](const auto& path) { std::filesystem::create_symlink("nowhere", path); }},
        {"null", [](const auto& path) { std::filesystem::create_symlink("/dev/null", path); }},
    };
    for (const auto& [name, place] : cases) {
        place(dev / name);
        EXPECT_EQ(changeNeeded(node(name)), NodeChange::Replace) << name;
        static_cast<void>(make(node(name)));
        expectTheVictimUntouched();
    }
    std::filesystem::create_symlink(outside / "victim", dev / "by-number");
    makeLink("../nvidia0", dev / "by-number");
    EXPECT_EQ(std::filesystem::read_symlink(dev / "by-number"), "../nvidia0");
    expectTheVictimUntouched();
}

TEST_F(DeviceNodeTest, ADirectoryThatIsALinkIsRefused) {
    std::filesystem::create_symlink(outside, dev / "nvidia-caps");
    const auto below = node("nvidia-caps/victim");
    const auto names = ThrowsMessage<SystemError>(HasSubstr((dev / "nvidia-caps").string()));
    EXPECT_THAT([&] { makeDeviceNode(below); }, names);
    EXPECT_THAT([&] { changeNeeded(below); }, names);
    EXPECT_THAT([&] { makeLink("../x", below.path); }, names);
    expectTheVictimUntouched();
}

TEST_F(DeviceNodeTest, ADirectoryInTheWayIsAnError) {
    directory.write("dev/nvidia0/file", "");
    EXPECT_THROW(makeDeviceNode(node()), SystemError);
    EXPECT_TRUE(std::filesystem::exists(dev / "nvidia0/file"));
}

/// Somebody swaps links in and out as fast as he can: each attempt works or fails, and nothing
/// outside is ever touched.
TEST_F(DeviceNodeTest, LinksThatAreSwappedInLeadNowhere) {
    std::atomic<bool> done = false;
    std::jthread attacker([&] {
        while (!done) {
            ::unlink((dev / "nvidia0").c_str());
            ::symlink((outside / "victim").c_str(), (dev / "nvidia0").c_str());
            ::rename((dev / "nvidia-caps").c_str(), (dev / "aside").c_str());
            ::symlink(outside.c_str(), (dev / "nvidia-caps").c_str());
            ::unlink((dev / "nvidia-caps").c_str());
            ::rename((dev / "aside").c_str(), (dev / "nvidia-caps").c_str());
        }
    });
    for (int i = 0; i < 3000; ++i) {
        for (const auto& wanted : {node(), node("nvidia-caps/victim")}) {
            try {
                makeDeviceNode(wanted);
            } catch (const SystemError&) { // the attacker has won this race, and nothing else
            }
        }
    }
    done = true;
    attacker.join();
    expectTheVictimUntouched();
}

} // namespace
} // namespace host
