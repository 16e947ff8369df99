#include "toolkit/bundle/bundle.h"

#include "host/base/error.h"
#include "tests/unit/temporary.h"
#include "tests/unit/toolkit/edits/sample.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace toolkit {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr const char* kRequest = R"({"process": {"env": ["NVIDIA_VISIBLE_DEVICES=0"]}})";

std::vector<std::string> edit(const fs::path& config) {
    return editBundle(config,
                      {.config = {},
                       .inventory = tests::sampleInventory,
                       .hookProgram = [] { return "/opt/driverctl-hook"; },
                       .lookup = [](const fs::path&) { return HostNode(); }},
                      {.runtime = Runtime::Other, .isInUserNamespace = false, .mayOpen = {}});
}

TEST(Bundle, ConfigIsReplacedWithItsMode) {
    const tests::Directory bundle;
    const auto config = bundle.write("config.json", kRequest);
    fs::permissions(config, fs::perms::owner_read | fs::perms::owner_write);
    bundle.write(".driverctl-tmp-abcdef", "of somebody who was killed");
    edit(config);
    EXPECT_THAT(host::readFile(config), HasSubstr("NVIDIA_VISIBLE_DEVICES=void"));
    EXPECT_EQ(fs::status(config).permissions(), fs::perms::owner_read | fs::perms::owner_write);
    EXPECT_EQ(std::distance(fs::directory_iterator(bundle.path()), {}), 1) << "nothing else stays";
}

TEST(Bundle, ConfigWithoutARequestIsNotTouched) {
    const tests::Directory bundle;
    const auto config = bundle.write("config.json", " {} ");
    const auto before = fs::last_write_time(config);
    edit(config);
    EXPECT_EQ(host::readFile(config), " {} ");
    EXPECT_EQ(fs::last_write_time(config), before);
}

TEST(Bundle, WithoutAConfigIsTheRuntimesToRefuse) {
    const tests::Directory bundle;
    EXPECT_NO_THROW(edit(bundle.path() / "config.json"));
    EXPECT_TRUE(fs::is_empty(bundle.path()));
}

TEST(Bundle, LinkToTheConfigStays) {
    const tests::Directory bundle;
    const auto config = bundle.write("real.json", kRequest);
    fs::create_symlink("real.json", bundle.path() / "config.json");
    edit(bundle.path() / "config.json");
    EXPECT_TRUE(fs::is_symlink(bundle.path() / "config.json"));
    EXPECT_THAT(host::readFile(config), HasSubstr("NVIDIA_VISIBLE_DEVICES=void"));
}

TEST(Bundle, WhatIsNoFileOfAContainerIsRefused) {
    const tests::Directory bundle;
    const auto refused = [](const fs::path& config, const char* what) {
        try {
            edit(config);
            ADD_FAILURE() << config;
        } catch (const host::Error& error) {
            EXPECT_THAT(error.what(), HasSubstr(what));
            EXPECT_THAT(error.what(), HasSubstr(config.filename().string()));
        }
    };
    ASSERT_EQ(::mkfifo((bundle.path() / "pipe.json").c_str(), 0600), 0);
    refused(bundle.path() / "pipe.json", "no regular file");
    const auto large = bundle.write("large.json", "");
    fs::resize_file(large, kLargestContainerConfig + 1);
    refused(large, "is larger than");
}

} // namespace
} // namespace toolkit
