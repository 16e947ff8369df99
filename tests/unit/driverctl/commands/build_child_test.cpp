#include "driverctl/commands/build_child.h"

#include "driverctl/commands/all.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace driverctl {
namespace {

using testing::Contains;
using testing::Each;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST(UpdateCommand, GivesSecretsInTheEnvironmentAndTheRestAsFlags) {
    Options options;
    options.mirror.bases = {"https://me:word@host/{channel}", "https://plain"};
    options.signing.moduleKey = "pkcs11:token=t?pin-value=word";
    options.driver.tag = "t";
    const host::Command child = updateCommand(Settings(options, kUpdate), {});
    EXPECT_THAT(child.argv, Each(Not(HasSubstr("word"))));
    EXPECT_THAT(child.argv, Contains("--tag=t"));
    ASSERT_TRUE(child.environment.has_value());
    EXPECT_THAT(
        *child.environment,
        testing::IsSupersetOf({"DRIVERCTL_MIRROR=https://me:word@host/{channel},https://plain",
                               "DRIVERCTL_SIGN=pkcs11:token=t?pin-value=word"}));
}

TEST(UpdateCommand, GivesWhatTheCallerNamesOnlyAndWhatItSaysInstead) {
    Options options;
    options.target.buildRoot = "/";
    options.build.mkprecompiled = "/file";
    options.build.maxThreads = 8;
    const host::Command child =
        updateCommand(Settings(options, kMatrix), {{"release", {"1.2.3"}}, {"max-threads", {"2"}}});
    EXPECT_THAT(child.argv, Contains("--release=1.2.3"));
    EXPECT_THAT(child.argv, Contains("--max-threads=2"));
    EXPECT_THAT(child.argv, Each(Not(StartsWith("--build-root")))) << "matrix has no such setting";
    EXPECT_THAT(child.argv, Each(Not(StartsWith("--mkprecompiled"))));
}

} // namespace
} // namespace driverctl
