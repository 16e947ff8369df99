#include "host/kernel/running_kernel.h"

#include "host/base/file.h"

#include <gtest/gtest.h>

namespace host {
namespace {

TEST(RunningKernel, HasAReleaseAndAMachine) {
    EXPECT_EQ(runningKernel().release, readLineIfExists("/proc/sys/kernel/osrelease"));
    EXPECT_FALSE(runningKernel().machine.empty());
}

} // namespace
} // namespace host
