#include "driverctl/commands/package_search.h"

#include "driverctl/commands/all.h"
#include "host/process/signals.h"

#include <csignal>
#include <gtest/gtest.h>
#include <stdexcept>

namespace driverctl {
namespace {

/// What a search reads, each command that searches has to name.
TEST(PackageSearch, ReadsWhatEveryCommandThatSearchesNames) {
    const Options options;
    host::SignalSet signals{SIGUSR1};
    for (const Command* command : {&kInit, &kPlan, &kPull}) {
        const Settings settings(options, *command);
        EXPECT_NO_THROW(static_cast<void>(searchFor(settings, {}, std::nullopt, signals)))
            << command->name;
    }
    EXPECT_NO_THROW(static_cast<void>(legacyTools(Settings(options, kPackageImport), "6.1")));
    EXPECT_THROW(static_cast<void>(searchFor(Settings(options, kTags), {}, std::nullopt, signals)),
                 std::logic_error);
}

} // namespace
} // namespace driverctl
