#include "driverctl/cli/settings.h"

#include "driverctl/cli/command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdexcept>

namespace driverctl {
namespace {

using loader::LifeSettings;
using precompile::RegistrySettings;
using testing::HasSubstr;

ExitCode nothing(const Settings& /*settings*/, const Arguments& /*arguments*/) {
    return ExitCode::Done;
}

const Command kWithGroup = {
    .name = "one", .summary = "", .groups = {&kRegistrySettings}, .run = nothing};
const Command kWithOne = {.name = "two", .summary = "", .settings = {"ca-file"}, .run = nothing};

class SettingsTest : public testing::Test {
  protected:
    Options options;
    Settings withGroup{options, kWithGroup};
    Settings withOne{options, kWithOne};
};

TEST_F(SettingsTest, GivesWhatTheRowNames) {
    options.registry.caFile = "/ca.pem";
    EXPECT_EQ(withGroup.get<RegistrySettings>().caFile, "/ca.pem");
    EXPECT_EQ(withGroup.get(&RegistrySettings::caFile), "/ca.pem");
    EXPECT_EQ(withOne.get(&RegistrySettings::caFile), "/ca.pem");
    EXPECT_NO_THROW(static_cast<void>(withOne.get<LogSettings>())) << "every command has it";
}

TEST_F(SettingsTest, RefusesWhatTheRowDoesNotName) {
    EXPECT_THAT([&] { static_cast<void>(withOne.get(&RegistrySettings::plainHttp)); },
                testing::ThrowsMessage<std::logic_error>(
                    "two reads plain-http, which its row does not name"));
    EXPECT_THAT([&] { static_cast<void>(withGroup.get(&LifeSettings::persistence)); },
                testing::ThrowsMessage<std::logic_error>(HasSubstr("persistence")))
        << "an enum";
    EXPECT_THROW(static_cast<void>(withOne.valuesOf(setting("store"))), std::logic_error);
}

TEST_F(SettingsTest, RefusesAGroupThatIsNotNamedAsAWhole) {
    EXPECT_THAT([&] { static_cast<void>(withOne.get<RegistrySettings>()); },
                testing::ThrowsMessage<std::logic_error>(HasSubstr("auth-file")));
    EXPECT_THROW(static_cast<void>(withGroup.get<LifeSettings>()), std::logic_error);
}

/// A command that reads more than it says ends, whatever the setting's value is.
TEST_F(SettingsTest, ACommandThatReadsMoreThanItsRowNamesCannotRun) {
    const Command curious = {.name = "curious",
                             .summary = "",
                             .settings = {"run-dir"},
                             .run = [](const Settings& settings, const Arguments&) {
                                 return settings.get(&LifeSettings::keepLoaded) ? ExitCode::Failed
                                                                                : ExitCode::Done;
                             }};
    EXPECT_THROW(run(curious, Config{}, Arguments(curious.arguments)), std::logic_error);
}

} // namespace
} // namespace driverctl
