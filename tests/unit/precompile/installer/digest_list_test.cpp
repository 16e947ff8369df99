#include "precompile/installer/digest_list.h"

#include "host/base/error.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace precompile {
namespace {

const std::string kOne(64, '1');
const std::string kTwo(64, '2');
constexpr const char* kName = "NVIDIA-Linux-x86_64-535.261.03.run";

struct Case {
    const char* what;
    std::string list;
    std::string error; ///< empty: kOne is found
};

class DigestList : public testing::TestWithParam<Case> {};

TEST_P(DigestList, IsLookedUpByTheFilesName) {
    const auto& [what, list, cause] = GetParam();
    if (cause.empty()) {
        EXPECT_EQ(digestFromList(list, kName, "list"), kOne) << what;
        return;
    }
    try {
        digestFromList(list, kName, "list");
        ADD_FAILURE() << what << ": was found";
    } catch (const host::Error& error) {
        EXPECT_EQ(error.fault(), host::Fault::Verification);
        EXPECT_THAT(error.what(), testing::HasSubstr(cause)) << what;
    }
}

INSTANTIATE_TEST_SUITE_P(
    Cases, DigestList,
    testing::Values(
        Case{"sha256sum", fmt::format("{}  other.run\n{}  {}\n", kTwo, kOne, kName), ""},
        Case{"sha256sum --binary, a folder", fmt::format("{} *./files/{}\n", kOne, kName), ""},
        Case{"Flathub",
             fmt::format(":{}:325:0:x\n:{}:325::https://h/XFree86/{}\n", kTwo, kOne, kName), ""},
        Case{"said twice", fmt::format("{0}  {1}\n{0}  {1}\n", kOne, kName), ""},
        Case{"two digests", fmt::format("{}  {}\n{}  {}\n", kOne, kName, kTwo, kName),
             "list has two SHA-256 digests of NVIDIA-Linux-x86_64-535.261.03.run, which differ"},
        Case{"another file", fmt::format("{}  other.run\n", kOne), "list has no SHA-256 of NVIDIA"},
        Case{"a longer name", fmt::format("{}  x{}\n", kOne, kName), "has no SHA-256"},
        Case{"another digest", fmt::format("{}  {}\n", std::string(32, '1'), kName),
             "has no SHA-256"},
        Case{"no list", "<html>not found</html>\n", "has no SHA-256"},
        Case{"nothing", "", "has no"}));

} // namespace
} // namespace precompile
