#include "precompile/source/driver_name.h"

#include "host/base/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace precompile {
namespace {

using testing::AllOf;
using testing::HasSubstr;

const std::vector<std::string> kInstalled = {"470.256.02", "535.261.03", "535.309.01", "550.163.01",
                                             "1000.1"};

struct Meant {
    const char* wanted;
    const char* version;
};

class DriverMeant : public testing::TestWithParam<Meant> {};

TEST_P(DriverMeant, IsClear) {
    EXPECT_EQ(driverMeant(GetParam().wanted, kInstalled, "/usr/src"), GetParam().version);
}

INSTANTIATE_TEST_SUITE_P(
    Names, DriverMeant,
    testing::Values(Meant{"535.261.03", "535.261.03"}, Meant{" 535.261.03\n", "535.261.03"},
                    Meant{"v535.261.03", "535.261.03"}, Meant{"535.261.03-1", "535.261.03"},
                    Meant{"535.261.03-1~deb12u1", "535.261.03"}, Meant{"535.309", "535.309.01"},
                    Meant{"550", "550.163.01"}, Meant{"V470", "470.256.02"},
                    Meant{"latest", "1000.1"},
                    // whole, and not here
                    Meant{"595.84", "595.84"}, Meant{"v580.95.05-1", "580.95.05"}));

struct Refused {
    const char* wanted;
    const char* because;
};

class DriverNotMeant : public testing::TestWithParam<Refused> {};

TEST_P(DriverNotMeant, SaysWhatThereIs) {
    try {
        driverMeant(GetParam().wanted, kInstalled, "/usr/src");
        FAIL();
    } catch (const host::Error& error) {
        EXPECT_EQ(error.fault(), host::Fault::Usage);
        EXPECT_THAT(error.what(), HasSubstr(GetParam().because));
    }
}

INSTANTIATE_TEST_SUITE_P(
    Names, DriverNotMeant,
    testing::Values(Refused{"535", "'535' may be 535.261.03 or 535.309.01"},
                    Refused{"580", "there is no driver '580': /usr/src has 470.256.02, 535.261.03"},
                    Refused{"53", "there is no driver '53'"},
                    Refused{"", "'' is no driver version"},
                    Refused{"newest", "'newest' is no driver version: /usr/src has 470.256.02"},
                    Refused{"../etc", "'../etc' is no driver version"},
                    Refused{"535.", "'535.' is no driver version"},
                    Refused{"535.261.03-open", "is no driver version"}));

TEST(DriverMeantOfNothing, SaysThatThereIsNone) {
    for (const char* wanted : {"535", "latest"}) {
        EXPECT_THAT([&] { driverMeant(wanted, {}, "/usr/src"); },
                    testing::ThrowsMessage<host::Error>(
                        HasSubstr("there are no driver sources in /usr/src")));
    }
    EXPECT_EQ(driverMeant("535.1", {}, "/usr/src"), "535.1");
}

} // namespace
} // namespace precompile
