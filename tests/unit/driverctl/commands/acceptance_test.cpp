#include "driverctl/commands/acceptance.h"

#include "driverctl/commands/all.h"
#include "driverctl/commands/signing_keys.h"
#include "host/process/process.h"
#include "tests/unit/temporary.h"

#include <gtest/gtest.h>

namespace driverctl {
namespace {

class AcceptanceOfSettings : public testing::Test {
  protected:
    AcceptanceOfSettings() {
        host::runChecked({.argv = {"openssl", "genpkey", "-algorithm", "ED25519", "-out", key}});
        host::runChecked({.argv = {"openssl", "pkey", "-in", key, "-pubout", "-out", publicKey}});
    }
    tests::Directory directory;
    std::filesystem::path key = directory.path() / "key";
    std::filesystem::path publicKey = directory.path() / "public";
    Options options;
};

/// Whoever is given a package asks the same of it.
TEST_F(AcceptanceOfSettings, IsTheSameForEveryCommand) {
    for (const Command* command :
         {&kInit, &kPlan, &kDoctor, &kPull, &kMatrix, &kPackageImport, &kPackageVerify}) {
        for (const bool noPatches : {false, true}) {
            options.build.noPatches = noPatches;
            options.search.trust = {publicKey};
            const auto acceptance = acceptanceOf(Settings(options, *command));
            EXPECT_EQ(acceptance.mayBePatched, !noPatches) << command->name;
            EXPECT_EQ(acceptance.trusted.size(), 1) << command->name;
            EXPECT_FALSE(acceptance.modulesSignedBy) << command->name;
        }
    }
}

/// Who builds compares with what it would build: whose packages count besides is no matter.
TEST_F(AcceptanceOfSettings, OfWhoBuildsIsThatOfItsOwnKeys) {
    for (const Command* command : {&kUpdate, &kMatrix}) {
        for (const bool noPatches : {false, true}) {
            options.build.noPatches = noPatches;
            options.search.trust = {"/none"};
            const Settings settings(options, *command);
            const auto unsignedOne = acceptanceOf(settings, SigningKeys({}));
            EXPECT_EQ(unsignedOne.mayBePatched, !noPatches) << command->name;
            EXPECT_TRUE(unsignedOne.trusted.empty()) << command->name;
            const SigningKeys keys({.packageKey = key});
            EXPECT_EQ(acceptanceOf(settings, keys).trusted.size(), 1) << command->name;
        }
    }
}

} // namespace
} // namespace driverctl
