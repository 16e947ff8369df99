#include "toolkit/runtimes/runtime.h"

#include <gtest/gtest.h>

namespace toolkit::runtimes {
namespace {

TEST(RuntimeName, IsWhatPeopleType) {
    EXPECT_EQ(toString(Runtime::Docker), "docker");
    EXPECT_EQ(toString(Runtime::Containerd), "containerd");
    EXPECT_EQ(toString(Runtime::Crio), "crio");
    EXPECT_EQ(toString(Runtime::Podman), "podman");
}

} // namespace
} // namespace toolkit::runtimes
