#include "host/base/address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace host {
namespace {

TEST(WithoutPassword, HidesUserPasswordAndQuery) {
    const struct {
        const char* address;
        const char* printed;
    } cases[] = {
        {"https://me:secret@mirror.example/{channel}", "https://***@mirror.example/{channel}"},
        {"http://me:secret@127.0.0.1:8080/x", "http://***@127.0.0.1:8080/x"},
        {"https://secret@mirror.example/", "https://***@mirror.example/"},
        {"https://:secret@mirror.example/", "https://***@mirror.example/"},
        {"HTTPS://me:secret@mirror.example", "HTTPS://***@mirror.example"},
        {" https://me:secret@mirror.example", " https://***@mirror.example"},
        {"oci://me:secret@registry.example:5000/gpu/modules:1",
         "oci://***@registry.example:5000/gpu/modules:1"},
        {"oci://me:secret@registry.example/gpu@sha256:00",
         "oci://***@registry.example/gpu@sha256:00"},
        {"https://me:secret@[::1]:1/x", "https://***@[::1]:1/x"},
        // not encoded as it should be
        {"https://me:sec@ret@mirror.example/x", "https://***@mirror.example/x"},
        {"https://me:sec/ret@mirror.example/x", "https://***@mirror.example/x"},
        {"https://me:sec@r/et@mirror.example/x", "https://***@mirror.example/x"},
        {"https://me:sec?ret@mirror.example/x", "https://***@mirror.example/x"},
        {"https://me:sec#ret@mirror.example/x", "https://***@mirror.example/x"},
        // mistyped
        {"https:/me:secret@mirror.example/x", "https:/***@mirror.example/x"},
        {"https:me:secret@mirror.example/x", "***@mirror.example/x"},
        {"me:secret@mirror.example/x", "***@mirror.example/x"},
        {"ftp://me:secret@mirror.example/x", "ftp://***@mirror.example/x"},
        {"https://a:secret@one,https://b:secret@two", "https://***@two"},
        {"https://mirror.example/key.asc?token=secret", "https://mirror.example/key.asc?***"},
        {"https://mirror.example/key.asc?mail=a@b#secret", "https://mirror.example/key.asc?***"},
    };
    for (const auto& [address, printed] : cases) {
        EXPECT_EQ(withoutPassword(address), printed);
        EXPECT_EQ(fmt::format("{}", Address(address)), printed);
    }
}

TEST(WithoutPassword, LeavesTheRestAsItIs) {
    for (const char* plain :
         {"https://{channel}.release.flatcar-linux.net", "http://[::1]:8080/x", "/srv/a@b:c",
          "packages@2", "oci://registry.example:5000/gpu/modules@sha256:00ff", "", "://", "@", ":",
          "https://mirror.example/a@b/", "https://mirror.example:/x", "./what?"}) {
        EXPECT_EQ(withoutPassword(plain), plain);
    }
}

} // namespace
} // namespace host
