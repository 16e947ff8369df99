#include "loader/loaded_driver.h"

#include "host/base/error.h"
#include "tests/unit/recording_kernel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace loader {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class LoadedDriverTest : public testing::Test {
  protected:
    void load(const std::string& name, int references, const std::vector<std::string>& holders) {
        const auto directory = std::filesystem::path("module") / name;
        sys.write(directory / "initstate", "live\n");
        sys.write(directory / "refcnt", std::to_string(references) + "\n");
        for (const auto& holder : holders) {
            sys.write(directory / "holders" / holder, "");
        }
    }
    tests::Directory proc;
    tests::Directory sys;
    host::Roots roots{.proc = proc.path(), .sys = sys.path()};
    tests::RecordingKernel kernel{sys};
};

TEST_F(LoadedDriverTest, HoldersGoFirst) {
    load("nvidia", 3, {"nvidia_uvm", "gdrdrv", "nvidia_modeset"});
    load("nvidia_modeset", 1, {"nvidia_drm"});
    load("nvidia_drm", 0, {});
    load("nvidia_uvm", 1, {"nvidia_fs"}); // not its usual place: the kernel says so
    load("nvidia_fs", 0, {});
    load("gdrdrv", 0, {});
    removeLoadedDriver(
        kernel, [] {}, roots);
    EXPECT_THAT(kernel.calls,
                ElementsAre("remove nvidia_drm", "remove nvidia_fs", "remove gdrdrv",
                            "remove nvidia_uvm", "remove nvidia_modeset", "remove nvidia"));
}

TEST_F(LoadedDriverTest, ReferencesThatNobodyExplainsAreInUse) {
    load("nvidia", 2, {});
    EXPECT_THAT(
        [&] {
            removeLoadedDriver(
                kernel, [] {}, roots);
        },
        testing::ThrowsMessage<host::Error>(
            HasSubstr("nvidia has 2 references, of somebody who is not visible here")));
    EXPECT_THAT(kernel.calls, IsEmpty());
    // Our daemon's own references do not count while it runs.
    EXPECT_TRUE(usersOfDriver({4711}, roots).empty());
}

TEST_F(LoadedDriverTest, RefusalHalfWayIsUndone) {
    load("nvidia", 1, {"nvidia_uvm"});
    load("nvidia_uvm", 0, {});
    kernel.failures["remove nvidia"] = EWOULDBLOCK;
    bool back = false;
    try {
        removeLoadedDriver(
            kernel, [&] { back = true; }, roots);
        FAIL();
    } catch (const host::Error& error) {
        EXPECT_EQ(error.fault(), host::Fault::InUse);
    }
    EXPECT_TRUE(back);
}

TEST_F(LoadedDriverTest, ModuleThatNeverSettlesIsAnError) {
    load("nvidia", 0, {});
    waitUntilSettled(std::chrono::milliseconds(200), sys.path());
    sys.write("module/nvidia_uvm/initstate", "coming\n");
    EXPECT_THAT([&] { waitUntilSettled(std::chrono::milliseconds(200), sys.path()); },
                testing::ThrowsMessage<host::Error>(HasSubstr("nvidia_uvm is coming")));
}

} // namespace
} // namespace loader
