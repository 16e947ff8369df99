#include "loader/instance.h"

#include "host/base/error.h"
#include "tests/unit/temporary.h"

#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <optional>
#include <sys/resource.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace loader {
namespace {

using testing::HasSubstr;

TEST(Instance, SecondOneLeavesTheLivePidFileAsItIs) {
    const tests::Directory run;
    const auto file = run.path() / "nvidia-driver.pid";
    const Instance first(file);
    const std::string content = host::readFile(file);
    EXPECT_EQ(content, std::to_string(::getpid()) + "\n");
    try {
        const Instance second(file);
        FAIL();
    } catch (const host::Error& error) {
        EXPECT_EQ(error.fault(), host::Fault::AlreadyRunning);
        EXPECT_THAT(error.what(), HasSubstr("pid " + std::to_string(::getpid())));
    }
    EXPECT_EQ(host::readFile(file), content);
}

TEST(Instance, StalePidFileIsTakenOver) {
    const tests::Directory run;
    const auto file = run.write("nvidia-driver.pid", "999999999\nmore\n");
    const Instance instance(file);
    EXPECT_EQ(host::readFile(file), std::to_string(::getpid()) + "\n");
}

TEST(Instance, APipeInPlaceOfThePidFileIsRefused) {
    const tests::Directory run;
    const auto pipe = run.path() / "nvidia-driver.pid";
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    const auto refusal = testing::ThrowsMessage<host::Error>(HasSubstr("is no regular file"));
    EXPECT_THAT([&] { Instance::requireFree(pipe); }, refusal);
    EXPECT_THAT([&] { const Instance instance(pipe); }, refusal);
}

/// As on a full disk: an empty file would say that there is an instance, and not which.
TEST(Instance, OneThatCannotWriteItsPidLeavesNoFile) {
    const tests::Directory run;
    const auto file = run.write("nvidia-driver.pid", "999999999\n");
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    const rlimit none{.rlim_cur = 0, .rlim_max = before.rlim_max};
    auto* const handler = std::signal(SIGXFSZ, SIG_IGN);
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &none), 0);
    const auto start = [&file] { const Instance instance(file); };
    std::string cause;
    try {
        start();
    } catch (const host::Error& error) {
        cause = error.what();
    }
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
    std::signal(SIGXFSZ, handler);
    EXPECT_THAT(cause, HasSubstr("cannot write " + file.string()));
    EXPECT_FALSE(std::filesystem::exists(file));
    EXPECT_FALSE(Instance::isHeld(file));
    EXPECT_NO_THROW(start());
}

TEST(Instance, OneThatHasNotWrittenItsPidYetIsRefusedAsUnknown) {
    const tests::Directory run;
    const auto file = run.write("nvidia-driver.pid", "");
    const auto held = host::FileLock::tryLock(host::openRegularFile(file, O_RDWR), file.string());
    EXPECT_THAT([&] { Instance::requireFree(file); },
                testing::ThrowsMessage<host::Error>(HasSubstr("(pid unknown, ")));
}

/// A probe asks while init starts.
TEST(Instance, WhoOnlyAsksIsNotInTheWay) {
    const tests::Directory run;
    const auto file = run.write("nvidia-driver.pid", "");
    EXPECT_FALSE(Instance::isHeld(file));
    auto asks = host::FileLock::tryLock(host::openRegularFile(file, O_RDONLY), file.string(),
                                        host::FileLock::Kind::Shared);
    ASSERT_TRUE(asks);
    std::thread answered([&asks] {
        std::this_thread::sleep_for(std::chrono::milliseconds(30));
        asks.reset();
    });
    EXPECT_NO_THROW({
        const Instance instance(file);
        EXPECT_TRUE(Instance::isHeld(file));
    });
    answered.join();
    EXPECT_FALSE(Instance::isHeld(file)) << "it is gone";
}

TEST(Instance, FileIsGoneAfterwardsAndTheLockFree) {
    const tests::Directory run;
    const auto file = run.path() / "deep/nvidia-driver.pid";
    std::optional<Instance> instance(std::in_place, file);
    instance.reset();
    EXPECT_FALSE(std::filesystem::exists(file));
    EXPECT_NO_THROW(Instance{file});
}

} // namespace
} // namespace loader
