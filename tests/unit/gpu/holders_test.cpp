#include "gpu/holders.h"

#include "tests/unit/temporary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gpu {
namespace {

/// /dev/null (1:3) and /dev/tty (5:0) play the driver's nodes, under whatever name: a test cannot
/// make nodes.
class HoldersTest : public testing::Test {
  protected:
    void majors(const std::string& lines) const {
        proc.write("devices", "Character devices:\n" + lines + "\nBlock devices:\n  5 nvidia\n");
    }
    void process(int pid, const std::filesystem::path& target, const std::string& maps = "",
                 const std::filesystem::path& mapped = "") const {
        const std::string directory = std::to_string(pid);
        proc.write(directory + "/comm", "python3\n");
        proc.write(directory + "/cgroup",
                   "0::/system.slice/docker-" + std::string(64, 'a') + ".scope\n");
        proc.write(directory + "/maps", maps);
        std::filesystem::create_directories(proc.path() / directory / "fd");
        std::filesystem::create_symlink(target, proc.path() / directory / "fd/3");
        if (!mapped.empty()) {
            std::filesystem::create_directories(proc.path() / directory / "map_files");
            std::filesystem::create_symlink(mapped,
                                            proc.path() / directory / "map_files/7f00-7f01");
        }
    }
    [[nodiscard]] std::vector<pid_t> pids(const std::set<pid_t>& except = {}) const {
        std::vector<pid_t> pids;
        for (const auto& process : findHolders({}, except, proc.path(), sys.path()).processes) {
            pids.push_back(process.pid);
        }
        return pids;
    }
    tests::Directory proc;
    tests::Directory sys;
};

TEST_F(HoldersTest, FindsOpenAndMappedNodesByTheirNumber) {
    majors("  1 nvidia-frontend");
    process(10, "/dev/null");
    process(20, "/dev/tty", "7f00-7f01 rw-s 00000000 00:05 12   /run/x/dev/nvidiactl\n",
            "/dev/null");
    process(30, "/dev/tty");
    process(40, "/dev/null");
    proc.write("self/comm", "x");
    const Holders holders = findHolders({}, {40}, proc.path(), sys.path());
    EXPECT_EQ(describe(holders),
              "process 10 (python3, container aaaaaaaaaaaa) has /dev/null open, "
              "process 20 (python3, container aaaaaaaaaaaa) has /dev/nvidiactl open");
}

/// Anybody can make a file of any name; nodes of other drivers have a name like that, too.
TEST_F(HoldersTest, NamesDoNotCount) {
    majors("  1 nvidia");
    tests::Directory files;
    const auto file = files.write("dev/nvidia0", "");
    std::filesystem::create_symlink("/dev/tty", files.path() / "dev/nvidiactl");
    process(10, file, "7f00-7f01 r--s 00000000 08:01 99  " + file.string() + "\n", file);
    process(20, files.path() / "dev/nvidiactl");
    process(30, "/dev/tty", "7f00-7f01 rw-s 00000000 00:01 12  /memfd:/dev/nvidia0 (deleted)\n");
    EXPECT_EQ(pids(), std::vector<pid_t>{});
}

TEST_F(HoldersTest, NobodyHoldsADriverThatHasNoMajor) {
    majors("  1 mem");
    process(10, "/dev/null");
    EXPECT_EQ(pids(), std::vector<pid_t>{});
}

/// In a container that may not follow map_files.
TEST_F(HoldersTest, MappingThatCannotBeFollowedIsLookedUpByName) {
    majors("  1 nvidia");
    process(10, "/dev/tty", "7f00-7f01 rw-s 00000000 00:05 12  /dev/null\n");
    process(20, "/dev/tty", "7f00-7f01 rw-s 00000000 00:05 13  /dev/tty\n");
    std::filesystem::create_symlink("/", proc.path() / "10/root");
    std::filesystem::create_symlink("/", proc.path() / "20/root");
    EXPECT_EQ(pids(), std::vector<pid_t>{10});
}

TEST_F(HoldersTest, FindsAThreadThatOutlivedTheFirst) {
    majors("  1 nvidia");
    std::filesystem::create_directories(proc.path() / "10/fd");
    std::filesystem::create_directories(proc.path() / "10/task/11/fd");
    std::filesystem::create_symlink("/dev/null", proc.path() / "10/task/11/fd/3");
    EXPECT_EQ(pids(), std::vector<pid_t>{10});
}

/// nvidia-drm's nodes share their major with those of other GPUs.
TEST_F(HoldersTest, DrmNodeCountsWhenNvidiaHasTheGpu) {
    majors("  1 drm\n  5 tty");
    process(10, "/dev/null");
    const auto device = sys.path() / "dev/char/1:3/device";
    std::filesystem::create_directories(device);
    std::filesystem::create_symlink("../../drivers/amdgpu", device / "driver");
    EXPECT_EQ(pids(), std::vector<pid_t>{});
    std::filesystem::remove(device / "driver");
    std::filesystem::create_symlink("../../drivers/nvidia", device / "driver");
    EXPECT_EQ(pids(), std::vector<pid_t>{10});
}

TEST_F(HoldersTest, BytesOfNamesBecomePrintable) {
    majors("  1 nvidia");
    tests::Directory files;
    const auto link = files.path() / "dev" / "null\x1b[2J\xff";
    std::filesystem::create_directories(link.parent_path());
    std::filesystem::create_symlink("/dev/null", link);
    process(10, link);
    proc.write("10/comm", "a\x1b\xc2\x85\n\xfe"
                          "b\n");
    const Holders holders = findHolders({}, {}, proc.path(), sys.path());
    ASSERT_EQ(holders.processes.size(), 1U);
    EXPECT_EQ(holders.processes[0].command, "a\\u001b\\u0085\\n\\xfeb");
    EXPECT_EQ(holders.processes[0].node, "/dev/null\\u001b[2J\\xff");
}

/// And a process that ends meanwhile: its files cannot be read any more.
TEST_F(HoldersTest, ReadsWhatIsThere) {
    majors("  1 nvidia");
    process(10, "/dev/null");
    for (const char* file : {"10/comm", "10/cgroup", "10/maps"}) {
        std::filesystem::remove(proc.path() / file);
    }
    std::filesystem::create_directories(proc.path() / "10/comm"); // read(2) fails
    EXPECT_EQ(pids(), std::vector<pid_t>{10});
}

TEST_F(HoldersTest, NamesForeignModules) {
    sys.write("module/nvidia/initstate", "live\n");
    sys.write("module/nvidia/holders/gdrdrv", "");
    sys.write("module/nvidia/holders/nvidia_uvm", "");
    const Holders holders = findHolders({"nvidia", "nvidia_uvm"}, {}, proc.path(), sys.path());
    EXPECT_EQ(describe(holders), "module gdrdrv (uses nvidia)");
}

TEST_F(HoldersTest, NobodyIsEmpty) {
    EXPECT_TRUE(findHolders({"nvidia"}, {}, proc.path(), sys.path()).empty());
}

TEST(Holders, DescribedByTheNameOfTheirPodWhereItIsKnown) {
    const Holders holders{
        .processes = {{.pid = 7,
                       .command = "python3",
                       .container = "3f2a9d01c7be",
                       .pod = "0123abcd",
                       .podName = "ml/train-0",
                       .node = "/dev/nvidia0"},
                      {.pid = 8, .command = "python3", .pod = "0123abcd", .node = "/dev/nvidia1"}}};
    EXPECT_EQ(describe(holders),
              "process 7 (python3, container 3f2a9d01c7be, pod ml/train-0) has /dev/nvidia0 open, "
              "process 8 (python3, pod 0123abcd) has /dev/nvidia1 open");
}

} // namespace
} // namespace gpu
