#include "toolkit/cdi/watch.h"

#include "tests/unit/temporary.h"

#include <gtest/gtest.h>
#include <poll.h>

namespace cdi = toolkit::cdi;
namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

class CdiWatch : public testing::Test {
  protected:
    CdiWatch() {
        host_.write("dev/null", "");
        host_.write("proc/driver/nvidia/gpus/0000:01:00.0/information", "GPU UUID: GPU-?\n");
    }
    static bool isTold(cdi::Watch& watch, std::chrono::milliseconds limit = 60s) {
        const auto end = std::chrono::steady_clock::now() + limit;
        while (std::chrono::steady_clock::now() < end) {
            pollfd polled{.fd = watch.fd(), .events = POLLIN, .revents = 0};
            if (::poll(&polled, 1, 10) > 0 && watch.changed()) {
                return true;
            }
        }
        return false;
    }
    host::Roots roots() const {
        return {.proc = host_.path() / "proc", .dev = host_.path() / "dev"};
    }
    tests::Directory host_;
};

/// Events alone, or comparisons alone, may tell.
constexpr cdi::WatchTimes kByEvents{.comparison = 1h, .quiet = 20ms};
constexpr cdi::WatchTimes kByComparison{.comparison = 20ms, .quiet = 1h};

} // namespace

TEST_F(CdiWatch, TellsOfANodeOnceItIsQuiet) {
    cdi::Watch watch(roots(), {}, kByEvents);
    host_.write("dev/nvidia0", "");
    EXPECT_FALSE(watch.changed());
    EXPECT_TRUE(isTold(watch));
    EXPECT_FALSE(isTold(watch, 60ms));
    fs::remove(host_.path() / "dev/nvidia0");
    EXPECT_TRUE(isTold(watch));
}

TEST_F(CdiWatch, WatchesADirectoryThatComesLater) {
    cdi::Watch watch(roots(), {}, kByEvents);
    fs::create_directory(host_.path() / "dev/nvidia-caps");
    EXPECT_TRUE(isTold(watch));
    host_.write("dev/nvidia-caps/nvidia-cap3", "");
    EXPECT_TRUE(isTold(watch));
}

TEST_F(CdiWatch, OtherNodesDoNotMatter) {
    cdi::Watch watch(roots(), {}, kByEvents);
    host_.write("dev/sda", "");
    EXPECT_FALSE(isTold(watch, 60ms));
}

TEST_F(CdiWatch, ComparesWhatTheDriverSaysInProc) {
    cdi::Watch watch(roots(), {}, kByComparison);
    EXPECT_FALSE(isTold(watch, 60ms));
    host_.write("proc/driver/nvidia/capabilities/gpu0/mig/gi1/access", "DeviceFileMinor: 3\n");
    EXPECT_TRUE(isTold(watch));
    EXPECT_FALSE(isTold(watch, 60ms));
    host_.write("proc/driver/nvidia/gpus/0000:01:00.0/information", "GPU UUID: GPU-1\n");
    EXPECT_TRUE(isTold(watch)) << "the first program has opened the GPU";
    fs::remove_all(host_.path() / "proc/driver");
    EXPECT_TRUE(isTold(watch));
}

TEST_F(CdiWatch, TellsOfASocketThatGoes) {
    const fs::path socket = host_.path() / "run/nvidia-persistenced/socket";
    host_.write("run/nvidia-persistenced/socket", "");
    cdi::Watch watch(roots(), {socket}, kByEvents);
    host_.write("run/nvidia-persistenced/pid", "");
    EXPECT_FALSE(isTold(watch, 60ms));
    fs::remove(socket);
    EXPECT_TRUE(isTold(watch));
}

TEST_F(CdiWatch, TellsOfASocketOfADaemonThatStartsLater) {
    const std::vector<fs::path> sockets = {host_.path() / "run/nvidia-persistenced/socket"};
    cdi::Watch watch(roots(), sockets, {.comparison = 20ms, .quiet = 20ms});
    host_.write("run/nvidia-persistenced/socket", "");
    EXPECT_TRUE(isTold(watch));
}

TEST(CdiWatchEvents, AreThoseOfGpus) {
    struct Case {
        host::Uevent event;
        bool concerns;
    };
    const Case cases[] = {
        {{"add", "/devices/a", {{"SUBSYSTEM", "pci"}, {"PCI_ID", "10DE:2330"}}}, true},
        {{"add", "/devices/a", {{"SUBSYSTEM", "pci"}, {"PCI_ID", "8086:10DE"}}}, false},
        {{"add", "/devices/a/drm/card0", {{"SUBSYSTEM", "drm"}}}, true},
        {{"add", "/module/nvidia_uvm", {{"SUBSYSTEM", "module"}}}, true},
        {{"add", "/devices/virtual/net/lo", {{"SUBSYSTEM", "net"}}}, false},
        {{"change", "/devices/b", {}}, false},
    };
    for (const auto& [event, concerns] : cases) {
        EXPECT_EQ(cdi::concernsGpus(event), concerns) << event.device;
    }
}
