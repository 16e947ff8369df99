#include "toolkit/hooks/bounded_hook.h"

#include "host/base/error.h"
#include "host/base/fd.h"

#include <csignal>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace toolkit {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

struct Case {
    const char* what;
    void (*work)();
    std::chrono::milliseconds limit;
    const char* text;
    const char* remedy; ///< a part of it
};

/// Memory that ran out is no file system that hangs.
TEST(RunBounded, SaysWhatHappened) {
    const Case cases[] = {
        {"late", [] { ::pause(); }, 50ms, "chmod failed: it did not answer within 1 s",
         "a file system or a device that hangs"},
        {"killed", [] { ::raise(SIGKILL); }, 60s, "chmod failed: it ended with signal 9 (Killed)",
         "when memory runs out"},
        {"ended", [] { ::_exit(3); }, 60s, "chmod failed: it ended with exit code 3",
         "kernel's log"},
        {"failed", [] { throw host::Error("no room", "Make some."); }, 60s, "no room",
         "Make some."},
    };
    const host::Fd null = host::openFile("/dev/null", O_RDWR);
    for (const auto& [what, work, limit, text, remedy] : cases) {
        try {
            runBounded("chmod", limit, {.in = null.get(), .out = null.get()}, {},
                       [&work = work](const HookIo&, const host::Observer&) { work(); });
            ADD_FAILURE() << what;
        } catch (const host::Error& error) {
            EXPECT_STREQ(error.what(), text) << what;
            EXPECT_THAT(error.remedy(), HasSubstr(remedy)) << what;
        }
    }
}

} // namespace
} // namespace toolkit
