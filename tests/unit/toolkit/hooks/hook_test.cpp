#include "toolkit/hooks/hook.h"

#include "host/base/error.h"
#include "host/base/file.h"
#include "host/base/memory_file.h"
#include "tests/unit/hanging_mount.h"
#include "tests/unit/temporary.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace toolkit {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

HookCall parse(std::vector<std::string> words) {
    return parseHookCall(words);
}

TEST(ParseHookCall, ReadsOptionsEitherWayAndNvidiasLeadingWord) {
    const auto call = parse({"create-symlinks", "--link", "a::/b", "--link=c::/d=e"});
    EXPECT_EQ(call.hook->name, "create-symlinks");
    EXPECT_THAT(call.arguments.all("--link"), ElementsAre("a::/b", "c::/d=e"));
    EXPECT_EQ(call.arguments.last("--link"), "c::/d=e");
    EXPECT_EQ(parse({"hook", "create-symlinks"}).hook->name, "create-symlinks");
}

struct WrongCall {
    std::vector<std::string> words;
    const char* refusal;
};

class RefusedCall : public testing::TestWithParam<WrongCall> {};

TEST_P(RefusedCall, SaysWhatIsWrong) {
    try {
        parse(GetParam().words);
        FAIL() << "it was taken";
    } catch (const host::Error& error) {
        EXPECT_EQ(error.fault(), host::Fault::Usage);
        EXPECT_STREQ(error.what(), GetParam().refusal);
    }
}

INSTANTIATE_TEST_SUITE_P(
    Calls, RefusedCall,
    testing::Values(WrongCall{{}, "no hook is named"}, WrongCall{{"hook"}, "no hook is named"},
                    WrongCall{{"chmod"}, "there is no hook 'chmod'"},
                    WrongCall{{"create-symlinks", "--folder", "/a"},
                              "create-symlinks has no option '--folder'"},
                    WrongCall{{"create-symlinks", "--link"}, "--link has no value"}));

struct NvidiasCall {
    std::vector<std::string> words;
    std::optional<std::string> config; ///< nothing: nothing is done; empty: none is named
};

TEST(ParseNvidiasCall, TakesAConfigurationBeforeTheStageInAnyForm) {
    const NvidiasCall cases[] = {
        {{"prestart"}, ""},
        {{"-config=/a", "prestart"}, "/a"},
        {{"--config=/a", "prestart"}, "/a"},
        {{"-config", "/a", "prestart"}, "/a"},
        {{"--config", "/a", "prestart"}, "/a"},
        {{"-config=/a", "-config=/b", "prestart"}, "/b"},
        {{"-config=/a", "poststart"}, {}},
        {{"poststop"}, {}},
        {{"createContainer", "prestart"}, {}},
    };
    for (const auto& [words, config] : cases) {
        const auto call = parseNvidiasCall(words);
        EXPECT_EQ(call.has_value(), config.has_value()) << words.back();
        if (call) {
            EXPECT_EQ(call->hook->name, "prestart");
            EXPECT_EQ(call->arguments.last("--toolkit-config").value_or(""), *config);
        }
    }
}

TEST(ParseNvidiasCall, NeedsAStage) {
    const std::vector<std::string> cases[] = {
        {}, {"-config=/a"}, {"-config"}, {"-debug", "prestart"}};
    for (const auto& words : cases) {
        EXPECT_THROW(parseNvidiasCall(words), host::Error);
    }
}

TEST(IsNvidiasHook, KnowsItsNamesWithAVersionToo) {
    for (const char* name : {"nvidia-container-runtime-hook", "nvidia-container-toolkit",
                             "nvidia-container-toolkit-3.1.4"}) {
        EXPECT_TRUE(isNvidiasHook(name)) << name;
    }
    for (const char* name : {"driverctl-hook", "nvidia-ctk", "nvidia-container-toolkit2", ""}) {
        EXPECT_FALSE(isNvidiasHook(name)) << name;
    }
}

struct Start {
    tests::Directory root;
    std::vector<std::string> forgiven;
    std::chrono::milliseconds limit = 60s;

    void operator()(const std::vector<std::string>& words, const std::filesystem::path& rootPath) {
        const host::Fd state = host::memoryFile("state");
        host::writeAll(state.get(),
                       fmt::format(R"({{"bundle":"/nowhere","root":"{}"}})", rootPath.string()),
                       "state");
        ::lseek(state.get(), 0, SEEK_SET);
        runHook(
            parse(words), {.in = state.get()},
            {.forgive = [this](const host::Error& error) { forgiven.emplace_back(error.what()); }},
            limit);
    }
};

TEST(RunHook, WorksInTheStatesRoot) {
    Start run;
    run({"create-symlinks", "--link", "a::/b"}, run.root.path());
    EXPECT_EQ(std::filesystem::read_symlink(run.root.path() / "b"), "a");
}

TEST(RunHook, ThrowsWhereAMustFails) {
    Start run;
    run.root.write("lib", "no directory");
    EXPECT_THAT(
        [&] {
            run({"create-symlinks", "--link", "a::/lib/b"}, run.root.path());
        },
        testing::ThrowsMessage<host::Error>(HasSubstr("/lib: Not a directory")));
}

TEST(RunHook, ForgivesWhereANiceOneFailsButNoWrongUsage) {
    Start run;
    run.root.write("etc", "no directory");
    run({"update-ldcache", "--folder", "/lib"}, run.root.path());
    EXPECT_THAT(run.forgiven, ElementsAre(HasSubstr("/etc: Not a directory")));
    EXPECT_THROW(run({"update-ldcache", "--folder", "lib"}, run.root.path()), host::Error);
}

TEST(RunHook, ForgivesARootThatLetsNobodyChangeIt) {
    Start run;
    run({"create-symlinks", "--link", "a::/b"}, "/");
    EXPECT_THAT(run.forgiven, ElementsAre(HasSubstr("cannot change a container in /")));
}

TEST(RunHook, WritesTheConfigurationThatPrecreateReads) {
    const host::Fd config = host::memoryFile("config");
    const host::Fd written = host::memoryFile("written");
    constexpr const char* kText = "{ \"process\" :\n{}}\n";
    host::writeAll(config.get(), kText, "config");
    ::lseek(config.get(), 0, SEEK_SET);
    runHook(parse({"precreate"}), {.in = config.get(), .out = written.get()}, {});
    ::lseek(written.get(), 0, SEEK_SET);
    EXPECT_EQ(host::readWhole(written, "written"), kText);
}

/// A root on a file system that hangs.
TEST(RunHook, EndsWhateverItWaitsFor) {
    const tests::HangingMount mount;
    if (!mount) {
        GTEST_SKIP() << "needs root and FUSE";
    }
    Start run;
    run.limit = 50ms;
    EXPECT_THAT(
        [&] {
            run({"create-symlinks", "--link", "a::/b"}, mount.path());
        },
        testing::ThrowsMessage<host::Error>(HasSubstr("did not answer within 1 s")));
    run({"enable-cuda-compat"}, mount.path());
    EXPECT_THAT(run.forgiven, ElementsAre(HasSubstr("did not answer within 1 s")));
}

TEST(ChangeRoot, IsNotForStages) {
    const tests::Directory root;
    EXPECT_THROW(changeRoot(ContainerRoot(root.path()), parse({"prestart"}), {}), host::Error);
}

} // namespace
} // namespace toolkit
