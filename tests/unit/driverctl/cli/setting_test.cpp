#include "driverctl/cli/setting.h"

#include "driverctl/cli/groups.h"
#include "host/base/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace driverctl {
namespace {

TEST(Assign, NamesOriginSettingValueAndChoicesOfABadValue) {
    Options options;
    try {
        assign(options, setting("flavour"), {"closed"}, "flag --flavour");
        FAIL() << "accepted";
    } catch (const host::Error& error) {
        EXPECT_EQ(error.fault(), host::Fault::Usage);
        EXPECT_STREQ(error.what(), "flag --flavour: flavour cannot be 'closed'");
        EXPECT_EQ(error.remedy(), "Give one of: auto open proprietary.");
    }
    EXPECT_EQ(options.driver.flavour, std::nullopt);
}

TEST(Assign, KnowsTheWordsOfNvidiasDriverContainer) {
    Options options;
    assign(options, setting("flavour"), {"true"}, "environment OPEN_KERNEL_MODULES_ENABLED");
    EXPECT_EQ(options.driver.flavour, precompile::Flavour::Open);
}

TEST(Assign, RefusesWhatIsNoNumberOrNoFlag) {
    Options options;
    for (const char* value : {"", "-1", "4x", "99999999999999"}) {
        EXPECT_THROW(assign(options, setting("max-threads"), {value}, "t"), host::Error) << value;
    }
    EXPECT_THROW(assign(options, setting("force"), {"maybe"}, "t"), host::Error);
}

TEST(Assign, RefusesEmptyValuesOfWhatGuardsAndOfWhatHasADefault) {
    const std::pair<const char*, std::vector<std::string>> refused[] = {
        {"trust", {}},
        {"trust", {""}},
        {"trust", {"/a", ""}},
        {"keyring", {""}},
        {"signing-key", {""}},
        {"ca-file", {""}},
        {"sign", {""}},
        {"package-key", {""}},
        {"mirror", {}},
        {"mirror", {""}},
        {"store", {""}},
        {"work-dir", {""}},
        {"package-source", {""}},
        {"run-dir", {}},
    };
    for (const auto& [name, values] : refused) {
        Options options;
        EXPECT_THROW(assign(options, setting(name), values, "t"), host::Error) << name;
    }
    Options options;
    EXPECT_NO_THROW(assign(options, setting("package-source"), {}, "t"));
    EXPECT_NO_THROW(assign(options, setting("tag"), {""}, "t"));
    EXPECT_NO_THROW(assign(options, setting("channel"), {""}, "t"));
}

TEST(Assign, RefusesNulCharactersAndNamesTheNearestChoice) {
    Options options;
    EXPECT_THROW(assign(options, setting("store"), {std::string("/a\0b", 4)}, "t"), host::Error);
    try {
        assign(options, setting("flavour"), {"opne"}, "t");
        FAIL() << "accepted";
    } catch (const host::Error& error) {
        EXPECT_STREQ(error.what(), "t: flavour cannot be 'opne' (did you mean 'open'?)");
    }
}

TEST(Assign, TakesWhatValuesOfGives) {
    Options from;
    from.build.force = true;
    from.mirror.bases = {"https://one", "https://two"};
    from.build.maxThreads = 7;
    from.store.directory = "/store";
    Options to;
    for (const Setting& row : settings()) {
        const auto values = valuesOf(from, row);
        if (!row.guards || (!values.empty() && !values.front().empty())) {
            assign(to, row, values, "test");
        }
        EXPECT_EQ(format(to, row), format(from, row)) << row.name;
    }
}

} // namespace
} // namespace driverctl
