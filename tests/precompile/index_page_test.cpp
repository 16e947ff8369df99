#include "precompile/index_page.h"

#include "host/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace precompile {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

json entry() {
    return {{"file", "flatcar-4593.2.5-x86_64/nvidia-modules-535.261.03-open-6.12.tar"},
            {"size", 2910720},
            {"sha256", std::string(64, 'a')},
            {"os", "flatcar"},
            {"release", "4593.2.5"},
            {"architecture", "x86_64"},
            {"kernel", "6.12.95"},
            {"driver", "535.261.03"},
            {"flavour", "open"},
            {"tag", ""},
            {"built_at", 1700000000},
            {"signed_by", json::array()}};
}

std::string page(const json& packages) {
    return indexPage(json{{"format", 1}, {"packages", packages}}.dump(), "index.json");
}

TEST(IndexPage, HoldsWhatTheIndexSays) {
    json other = entry();
    other["flavour"] = "proprietary";
    other["tag"] = "rc1";
    other["signed_by"] = {"c0ffee"};
    const std::string text = page({other, entry()});
    EXPECT_THAT(text, HasSubstr("Packages: 2 · releases: 1 · drivers: 1"));
    EXPECT_THAT(text, HasSubstr("<b>open</b> <span class=\"unsigned\">unsigned</span> "
                                "<span>2.9 MB</span>"));
    EXPECT_THAT(
        text,
        HasSubstr("<b>proprietary</b> <span>rc1</span> <span class=\"signed\">signed</span>"));
    EXPECT_THAT(text, HasSubstr("<dd class=\"code\">c0ffee</dd>"));
    EXPECT_THAT(text, HasSubstr("2023-11-14 22:13 UTC"));
    EXPECT_THAT(text, HasSubstr("href=\"./flatcar-4593.2.5-x86_64/nvidia-modules-535"));
}

TEST(IndexPage, NewestReleaseAndDriverComeFirst) {
    json older = entry();
    older["release"] = "999.1.0";
    older["driver"] = "99.1";
    const std::string text = page({older, entry()});
    EXPECT_LT(text.find("flatcar 4593.2.5"), text.find("flatcar 999.1.0"));
    EXPECT_LT(text.find("<th scope=\"col\">535.261.03"), text.find("<th scope=\"col\">99.1"));
}

TEST(IndexPage, WhateverAPackageSaysIsText) {
    json hostile = entry();
    for (auto& [key, value] : hostile.items()) {
        if (value.is_string()) {
            value = "<script>'\"&" + key + "<!--releases-->";
        }
    }
    hostile["file"] = "javascript:alert(1)/\"><img src=x>";
    hostile["signed_by"] = {"</dd><script>"};
    const std::string text = page(json::array({hostile}));
    EXPECT_THAT(text, HasSubstr("&lt;script&gt;&#39;&quot;&amp;driver&lt;!--releases--&gt;"));
    EXPECT_THAT(text, HasSubstr("href=\"./javascript%3Aalert%281%29/%22%3E%3Cimg%20src%3Dx%3E\""));
    EXPECT_THAT(text, Not(HasSubstr("<script>'")));
    EXPECT_THAT(text, Not(HasSubstr("</dd><script>")));
    EXPECT_THAT(text, Not(HasSubstr("<img")));
}

TEST(IndexPage, AnEmptyRepositoryHasAPage) {
    EXPECT_THAT(page(json::array()), HasSubstr("Packages: 0 · releases: 0 · drivers: 0"));
}

TEST(IndexPage, RefusesWhatIsNoIndex) {
    json lacking = entry();
    lacking.erase("sha256");
    json outside = entry();
    outside["file"] = "a/../../secret.tar";
    json absolute = entry();
    absolute["file"] = "/etc/passwd";
    const auto index = [](const json& package) {
        return json{{"format", 1}, {"packages", json::array({package})}}.dump();
    };
    for (const std::string& text :
         {std::string("{"), std::string("[]"), std::string(R"({"format":2,"packages":[]})"),
          index(lacking), index(outside), index(absolute), index("text")}) {
        EXPECT_THAT([&] { indexPage(text, "/repo/index.json"); },
                    testing::ThrowsMessage<host::Error>(
                        HasSubstr("/repo/index.json is no index of packages: ")))
            << text;
    }
}

} // namespace
} // namespace precompile
