#include "host/process/exit_status.h"

#include <csignal>
#include <gtest/gtest.h>
#include <sys/wait.h>

namespace host {
namespace {

struct Ended {
    int status; ///< of waitpid(2)
    const char* description;
    bool success;
};

class EndedProcess : public testing::TestWithParam<Ended> {};

TEST_P(EndedProcess, IsDescribed) {
    const auto status = toExitStatus(GetParam().status);
    EXPECT_EQ(status.describe(), GetParam().description);
    EXPECT_EQ(status.success(), GetParam().success);
}

INSTANTIATE_TEST_SUITE_P(Cases, EndedProcess,
                         testing::Values(Ended{W_EXITCODE(0, 0), "exit code 0", true},
                                         Ended{W_EXITCODE(2, 0), "exit code 2", false},
                                         Ended{W_EXITCODE(0, SIGKILL), "signal 9 (Killed)", false},
                                         Ended{W_EXITCODE(0, SIGSEGV | WCOREFLAG),
                                               "signal 11 (Segmentation fault)", false}));

} // namespace
} // namespace host
