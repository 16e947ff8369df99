#include "flatcar/release_contents.h"

#include "tests/unit/http_server.h"

#include <gtest/gtest.h>

namespace flatcar {
namespace {

TEST(ReleaseContents, AreInTheListOfPackages) {
    struct Case {
        const char* packages;
        const char* kernel;
        const char* compiler;
    };
    const Case cases[] = {
        {"app-arch/bzip2-1.0.8::portage-stable\n"
         "sys-devel/gcc-14.3.1_p20250801::portage-stable\n"
         "sys-kernel/coreos-kernel-6.12.102::coreos-overlay\n"
         "sys-kernel/coreos-modules-6.12.102::coreos-overlay\n"
         "sys-kernel/linux-headers-6.6::portage-stable\n",
         "6.12.102-flatcar", "gcc-14.3.1"},
        {"sys-kernel/coreos-sources-6.6.150-r1::coreos-overlay", "6.6.150-flatcar", ""},
        {"sys-kernel/coreos-sources-6.6.150\nsys-kernel/coreos-modules-6.6.151\n", "", ""},
        {"sys-devel/gcc-13.3.0\nsys-devel/gcc-14.3.0\nsys-devel/gcc-config-2.11\n", "", ""},
        {"sys-devel/gcc-13.3.0\nsys-devel/gcc-config-2.11\n", "", "gcc-13.3.0"},
        {"gcc-12-12.2.0-14\nsys-kernel/coreos-kernel-\n", "", ""},
        {"", "", ""},
    };
    for (const auto& [packages, kernel, compiler] : cases) {
        const auto contents = contentsFrom(packages);
        EXPECT_EQ(contents.kernel, kernel) << packages;
        EXPECT_EQ(contents.compiler, compiler) << packages;
    }
}

class ReleaseContentsTest : public testing::Test {
  protected:
    [[nodiscard]] distribution::ReleaseContents contents(unsigned status) {
        tests::HttpServer server([this, status](const tests::HttpRequestSeen& request) {
            seen.push_back(request.path);
            return tests::HttpReply{.status = status, .body = "sys-kernel/coreos-kernel-6.6.150\n"};
        });
        return contentsOf({.release = {"4593.2.5", "stable", "amd64-usr"},
                           .mirrors = {server.url()},
                           .keyring = {},
                           .signingKey = {},
                           .cache = {}});
    }

    std::vector<std::string> seen;
    const std::vector<std::string> once = {
        "/amd64-usr/4593.2.5/flatcar_developer_container_packages.txt"};
};

TEST_F(ReleaseContentsTest, AreAskedForOnce) {
    EXPECT_EQ(contents(200).kernel, "6.6.150-flatcar");
    EXPECT_EQ(seen, once);
}

TEST_F(ReleaseContentsTest, AreNotKnownWhereTheListIsNot) {
    for (const unsigned status : {404U, 500U}) {
        seen.clear();
        EXPECT_EQ(contents(status).kernel, "");
        EXPECT_EQ(seen, once) << status;
    }
}

} // namespace
} // namespace flatcar
