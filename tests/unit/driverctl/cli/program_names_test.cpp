#include "driverctl/cli/program_names.h"

#include "host/base/error.h"

#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sstream>

namespace driverctl {
namespace {

using testing::HasSubstr;

/// Words between blanks; `line` may be the line of a shell.
std::optional<std::vector<std::string>> translate(const std::string& line) {
    std::istringstream text(line);
    const std::vector<std::string> words{std::istream_iterator<std::string>(text), {}};
    std::vector<const char*> argv;
    for (const std::string& word : words) {
        argv.push_back(word.c_str());
    }
    return inOwnWords(static_cast<int>(argv.size()), argv.data());
}

TEST(ProgramNames, WhatIsTypedAndWhatItBecomes) {
    const std::pair<const char*, const char*> cases[] = {
        {"nvidia-driver init -a", "init -a"},
        {"/usr/bin/driverctl -k list", "-k list"},
        {"nvidia-container-cli -k list", "list --load-kmods"},
        {"/usr/bin/nvidia-container-cli list", "list"},
        {"nvidia-container-cli -kn -r /run/nvidia/driver -d /dev/tty list --compat32 -l",
         "list --load-kmods --driver-root /run/nvidia/driver --verbose --compat32 -l"},
        {"nvidia-container-cli --root=/run/nvidia/driver --debug=/dev/stderr --load-kmods list "
         "--device 0 -b",
         "list --load-kmods --driver-root /run/nvidia/driver --verbose --device 0 -b"},
        {"nvidia-container-cli -r/d --ldcache /etc/ld.so.cache --no-pivot --user list -i",
         "list --driver-root /d -i"},
        {"nvidia-container-cli --user=root:video -u --no-create-imex-channels info", "info"},
        {"nvidia-container-cli list --help", "list --help"},
        {"nvidia-modprobe", "device create --load-kmods --quiet --control --gpu"},
        {"nvidia-modprobe -u", "device create --load-kmods --quiet --uvm"},
        {"nvidia-modprobe -u -c=0", "device create --load-kmods --quiet --minor 0 --uvm"},
        {"nvidia-modprobe -c0 -c 1 --create-nvidia-device-file=255",
         "device create --load-kmods --quiet --minor 0 --minor 1 --minor 255 --control --gpu"},
        {"nvidia-modprobe -m", "device create --load-kmods --quiet --modeset"},
        {"nvidia-modprobe -um", "device create --load-kmods --quiet --uvm --modeset"},
        {"nvidia-modprobe -s -c 255", "device create --load-kmods --quiet --minor 255 --nvswitch"},
        {"nvidia-modprobe -l", "device create --load-kmods --quiet --nvlink"},
        {"nvidia-modprobe -f /proc/a -f /proc/b",
         "device create --load-kmods --quiet --capability-file /proc/a --capability-file /proc/b"},
        {"nvidia-ctk runtime configure --runtime=docker --set-as-default",
         "runtime configure --runtime=docker --set-as-default"},
        {"nvidia-ctk --debug cdi list", "cdi list"},
        {"nvidia-modprobe -i 0:4", "device create --load-kmods --quiet --imex --imex-channel 0:4"},
    };
    for (const auto& [typed, becomes] : cases) {
        const auto words = translate(typed);
        ASSERT_TRUE(words) << typed;
        EXPECT_EQ(fmt::format("{}", fmt::join(*words, " ")), std::string("driverctl ") + becomes)
            << typed;
    }
}

TEST(ProgramNames, WhatCannotBeUnderstoodIsAUsageFaultThatNamesTheProgram) {
    const std::tuple<const char*, const char*, const char*> cases[] = {
        {"nvidia-container-cli configure --device=all /rootfs",
         "nvidia-container-cli has no 'configure' here, it has: list, info",
         "See 'nvidia-container-cli --help'."},
        {"nvidia-container-cli", "which of nvidia-container-cli's commands?",
         "See 'nvidia-container-cli --help'."},
        {"nvidia-container-cli --roto /x list", "unknown option '--roto' (did you mean '--root'?)",
         "See 'nvidia-container-cli --help'."},
        {"nvidia-modprobe -x", "unknown option '-x'", "See 'nvidia-modprobe --help'."},
        {"nvidia-modprobe nvidia", "unexpected argument 'nvidia'", "See 'nvidia-modprobe --help'."},
    };
    for (const auto& [typed, message, remedy] : cases) {
        try {
            translate(typed);
            ADD_FAILURE() << "accepted: " << typed;
        } catch (const host::Error& error) {
            EXPECT_EQ(error.fault(), host::Fault::Usage);
            EXPECT_STREQ(error.what(), message);
            EXPECT_EQ(error.remedy(), remedy);
        }
    }
}

TEST(ProgramNames, EachAnswersHelpAndVersion) {
    for (const std::string_view name : programNames()) {
        for (const char* flag : {"--help", "-h", "--version"}) {
            testing::internal::CaptureStdout();
            EXPECT_FALSE(translate(std::string(name) + " " + flag)) << name << " " << flag;
            EXPECT_THAT(testing::internal::GetCapturedStdout(),
                        HasSubstr(*(flag + 2) == 'v' ? "version" : "--help"));
        }
    }
}

} // namespace
} // namespace driverctl
