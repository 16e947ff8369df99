#include "toolkit/hooks/container_namespaces.h"

#include "host/base/error.h"
#include "tests/unit/temporary.h"

#include <gtest/gtest.h>
#include <unistd.h>

namespace toolkit {
namespace {

namespace fs = std::filesystem;

/// This process, and a process 7 in a mount namespace of its own or not.
struct Processes {
    tests::Directory proc;
    explicit Processes(bool isShared) {
        proc.write("self/ns/mnt", "");
        fs::create_directories(proc.path() / "7/ns");
        if (isShared) {
            fs::create_symlink("../../self/ns/mnt", proc.path() / "7/ns/mnt");
        } else {
            proc.write("7/ns/mnt", "");
        }
    }
};

TEST(ContainerNamespaces, AreThoseOfWhoStartedThisProcessOrHasItsMounts) {
    const Processes apart(false);
    EXPECT_FALSE(isInContainer(7, 1, apart.proc.path()));
    EXPECT_TRUE(isInContainer(0, 1, apart.proc.path())) << "the runtime does not say the process";
    EXPECT_TRUE(isInContainer(7, 7, apart.proc.path()));
    EXPECT_TRUE(isInContainer(7, 1, Processes(true).proc.path()));
}

TEST(ContainerNamespaces, AreOfAProcessThatIsThere) {
    constexpr pid_t kNobody = 0x7fffffff;
    EXPECT_THROW(isInContainer(kNobody, 1), host::SystemError);
    EXPECT_THROW(enterContainer(kNobody), host::SystemError);
}

} // namespace
} // namespace toolkit
