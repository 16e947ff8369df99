#include "toolkit/shim/command_line.h"

#include "host/base/text.h"

#include <gtest/gtest.h>

namespace toolkit {
namespace {

RuntimeCall parsed(const std::string& line) {
    return parseRuntimeCall(host::words(line));
}

TEST(RuntimeCommandLine, WhereAContainerIsMade) {
    struct Case {
        const char* line;
        const char* config; ///< empty: none is made
    };
    const Case cases[] = {
        // podman (conmon), containerd's shim and dockerd's, CRI-O, people
        {"--log-format=json --log=/l/oci-log create --bundle /b --pid-file /p id",
         "/b/config.json"},
        {"--systemd-cgroup --root /r --log /l --log-format json create --bundle /b --pid-file /p "
         "id",
         "/b/config.json"},
        {"--root /run/docker/runtime-runc/moby --log /l --log-format json create --bundle /b"
         " --pid-file /p --console-socket /c id",
         "/b/config.json"},
        {"--root=/r create --bundle=/b id", "/b/config.json"},
        {"--root /r --cgroup-manager disabled run --bundle /b id", "/b/config.json"},
        {"create -b /b id", "/b/config.json"},
        {"create -bundle /b id", "/b/config.json"},
        {"create id", "config.json"},
        {"run -d --no-pivot id", "config.json"},
        {"create --bundle relative id", "relative/config.json"},
        {"create id --bundle /b", "/b/config.json"},
        {"create --bundle /a --bundle /b id", "/b/config.json"},
        {"create --preserve-fds 3 --no-new-keyring -b /b id", "/b/config.json"},
        {"create --config /other.json -b /b id", "/other.json"},
        {"create -f other.json -b /b id", "other.json"},
        {"create -- --bundle /b", "config.json"},
        {"--debug --rootless true --criu /c create -b /b id", "/b/config.json"},
        {"-l /l -r /r create -b /b id", "/b/config.json"},

        {"", ""},
        {"--version", ""},
        {"--root create state id", ""},
        {"--root /r delete --force create", ""},
        {"exec id create", ""},
        {"state run", ""},
        {"--log", ""},
        {"-- create -b /b id", ""},
    };
    for (const auto& [line, config] : cases) {
        const auto call = parsed(line);
        EXPECT_EQ(call.makesContainer, *config != '\0') << line;
        if (call.makesContainer) {
            EXPECT_EQ(call.config, config) << line;
        }
    }
}

TEST(RuntimeCommandLine, WhereTheRuntimeLogs) {
    struct Case {
        const char* line;
        const char* log;
        bool json;
    };
    const Case cases[] = {
        {"state id", "", false},
        {"--log /l state id", "/l", false},
        {"--log=/l --log-format=json state id", "/l", true},
        {"--log /l --log-format text create id", "/l", false},
        {"--log file:/l create id", "/l", false},
        {"--log journald:id create id", "", false},
        {"--log syslog:id create id", "", false},
        {"create --log /l id", "", false},
    };
    for (const auto& [line, log, json] : cases) {
        EXPECT_EQ(parsed(line).log, log) << line;
        EXPECT_EQ(parsed(line).logsJson, json) << line;
    }
}

} // namespace
} // namespace toolkit
