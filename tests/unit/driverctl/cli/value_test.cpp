#include "driverctl/cli/value.h"

#include "host/base/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace driverctl {
namespace {

TEST(Shown, HidesTheSecretOnly) {
    struct Case {
        Secret secret;
        const char* value;
        const char* shown;
    };
    const Case cases[] = {
        {Secret::None, "https://me:word@host", "https://me:word@host"},
        {Secret::Password, "https://me:word@host", "https://***@host"},
        {Secret::Pin, "pkcs11:token=t?pin-value=word", "pkcs11:token=t?pin-value=***"},
        {Secret::Pin, "/key.pem", "/key.pem"},
    };
    for (const auto& [secret, value, expected] : cases) {
        EXPECT_EQ(shown(secret, value), expected);
    }
}

TEST(Check, NamesOriginValueAndWhatIsWanted) {
    const std::vector<Word> colours = {"red", "green"};
    try {
        check({"colour", colours, Secret::None}, "greem", "file f");
        FAIL() << "accepted";
    } catch (const host::Error& error) {
        EXPECT_EQ(error.fault(), host::Fault::Usage);
        EXPECT_STREQ(error.what(), "file f: colour cannot be 'greem' (did you mean 'green'?)");
        EXPECT_EQ(error.remedy(), "Give one of: red green.");
    }
}

TEST(RequireReadable, TellsFilesFromDirectories) {
    struct Case {
        const char* name;
        const char* kind;
        bool good;
    };
    const Case cases[] = {
        {"/proc/version", "FILE", true},   {"/", "DIR", true}, {"/", "FILE", false},
        {"/does/not/exist", "DIR", false}, {"", "FILE", true}, {"pkcs11:token=t", "FILE|URI", true},
    };
    for (const auto& [name, kind, good] : cases) {
        if (good) {
            EXPECT_NO_THROW(requireReadable(name, kind)) << name;
        } else {
            EXPECT_THROW(requireReadable(name, kind), host::Error) << name << " " << kind;
        }
    }
}

} // namespace
} // namespace driverctl
