#include "precompile/share/index_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace precompile {
namespace {

using testing::HasSubstr;
using testing::Not;

IndexEntry entry() {
    return {.file = "flatcar-4593.2.5-x86_64/nvidia-modules-535.261.03-open-6.12.tar",
            .size = 2910720,
            .sha256 = std::string(64, 'a'),
            .identity = {.target = {.osId = "flatcar",
                                    .osRelease = "4593.2.5",
                                    .architecture = "x86_64",
                                    .kernel = "6.12.95"},
                         .driver = "535.261.03",
                         .flavour = Flavour::Open,
                         .tag = ""},
            .builtAt = 1700000000,
            .signedBy = {}};
}

TEST(IndexPage, HoldsWhatTheIndexSays) {
    IndexEntry other = entry();
    other.identity.flavour = Flavour::Proprietary;
    other.identity.tag = "rc1";
    other.signedBy = {"c0ffee"};
    const std::string text = indexPage({other, entry()});
    EXPECT_THAT(text, HasSubstr("Packages: 2 · releases: 1 · drivers: 1"));
    EXPECT_THAT(text, HasSubstr("<b>open</b> <span class=\"unsigned\">unsigned</span> "
                                "<span>2.9 MB</span>"));
    EXPECT_THAT(
        text,
        HasSubstr("<b>proprietary</b> <span>rc1</span> <span class=\"signed\">signed</span>"));
    EXPECT_THAT(text, HasSubstr("<dd class=\"code\">c0ffee</dd>"));
    EXPECT_THAT(text, HasSubstr("2023-11-14T22:13:20Z"));
    EXPECT_THAT(text, HasSubstr("href=\"./flatcar-4593.2.5-x86_64/nvidia-modules-535"));
}

TEST(IndexPage, NewestReleaseAndDriverComeFirst) {
    IndexEntry older = entry();
    older.identity.target.osRelease = "999.1.0";
    older.identity.driver = "99.1";
    const std::string text = indexPage({older, entry()});
    EXPECT_LT(text.find("flatcar 4593.2.5"), text.find("flatcar 999.1.0"));
    EXPECT_LT(text.find("<th scope=\"col\">535.261.03"), text.find("<th scope=\"col\">99.1"));
}

TEST(IndexPage, WhateverAPackageSaysIsText) {
    IndexEntry hostile = entry();
    auto& identity = hostile.identity;
    for (std::string* value :
         {&hostile.sha256, &identity.target.osId, &identity.target.osRelease,
          &identity.target.architecture, &identity.target.kernel, &identity.driver}) {
        *value = "<script>'\"&<!--releases-->";
    }
    hostile.file = "javascript:alert(1)/\"><img src=x>";
    hostile.signedBy = {"</dd><script>"};
    const std::string text = indexPage({hostile});
    EXPECT_THAT(text, HasSubstr("&lt;script&gt;&#39;&quot;&amp;&lt;!--releases--&gt;"));
    EXPECT_THAT(text, HasSubstr("href=\"./javascript%3Aalert%281%29/%22%3E%3Cimg%20src%3Dx%3E\""));
    EXPECT_THAT(text, Not(HasSubstr("<script>'")));
    EXPECT_THAT(text, Not(HasSubstr("</dd><script>")));
    EXPECT_THAT(text, Not(HasSubstr("<img")));
}

TEST(IndexPage, AnEmptyRepositoryHasAPage) {
    EXPECT_THAT(indexPage({}), HasSubstr("Packages: 0 · releases: 0 · drivers: 0"));
}

} // namespace
} // namespace precompile
