#include "toolkit/installation/runtime_arguments.h"

#include "host/base/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace toolkit {
namespace {

using testing::HasSubstr;

TEST(RuntimeArguments, AreTheWordsOfNvidiasContainer) {
    struct Case {
        const char* text;
        RuntimeArguments means;
    };
    const Case cases[] = {
        {"", {}},
        {"  \t\n", {}},
        {"--socket /run/docker.sock", {.socket = "/run/docker.sock"}},
        {"--socket=/run/docker.sock --config=/etc/docker/daemon.json",
         {.socket = "/run/docker.sock", .config = "/etc/docker/daemon.json"}},
        {"-s /a -c /b -r gpu", {.socket = "/a", .config = "/b", .runtimeName = "gpu"}},
        {"--runtime-class gpu", {.runtimeName = "gpu"}},
        {"--nvidia-runtime-name=gpu", {.runtimeName = "gpu"}},
        {"--set-as-default", {.setAsDefault = true}},
        {"--set-as-default=false --enable-cdi", {.setAsDefault = false, .enableCdi = true}},
        {"--set-as-default --restart-mode systemd",
         {.restartMode = "systemd", .setAsDefault = true}},
        {"--drop-in-config '/etc/with blank/a.toml'", {.dropIn = "/etc/with blank/a.toml"}},
        {"--config \"/a'b\" --socket ''", {.socket = "", .config = "/a'b"}},
        {"--socket /a --socket /b", {.socket = "/b"}},
    };
    for (const auto& [text, means] : cases) {
        SCOPED_TRACE(text);
        const auto read = parseRuntimeArguments(text);
        EXPECT_EQ(read.socket, means.socket);
        EXPECT_EQ(read.config, means.config);
        EXPECT_EQ(read.dropIn, means.dropIn);
        EXPECT_EQ(read.runtimeName, means.runtimeName);
        EXPECT_EQ(read.restartMode, means.restartMode);
        EXPECT_EQ(read.setAsDefault, means.setAsDefault);
        EXPECT_EQ(read.enableCdi, means.enableCdi);
    }
}

TEST(RuntimeArguments, WhatIsNotKnownIsRefused) {
    struct Case {
        const char* text;
        const char* says;
    };
    for (const auto& [text, says] : {
             Case{"--socket", "--socket has no value"},
             Case{"--sockets /a", "'--sockets' is not known here"},
             Case{"/run/docker.sock", "'/run/docker.sock' is not known here"},
             Case{"--set-as-default=maybe", "--set-as-default is true or false, not 'maybe'"},
             Case{"--config '/a", "a quote is not closed"},
         }) {
        try {
            parseRuntimeArguments(text);
            FAIL() << text;
        } catch (const host::Error& error) {
            EXPECT_EQ(error.fault(), host::Fault::Usage);
            EXPECT_THAT(error.what(), HasSubstr(says));
        }
    }
}

} // namespace
} // namespace toolkit
