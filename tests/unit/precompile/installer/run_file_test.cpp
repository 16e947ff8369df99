#include "precompile/installer/run_file.h"

#include "host/base/error.h"
#include "tests/unit/temporary.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace precompile {
namespace {

using testing::HasSubstr;

const std::string kGzip = "\x1f\x8b payload";

RunFile readText(const std::string& text) {
    const tests::Directory directory;
    const auto file = directory.write("f.run", text);
    return readRunFile(host::openFile(file, O_RDONLY), "f.run");
}

/// NVIDIA's header with these lines in place of skip's; line 10 is the first of the payload.
std::string header(const std::string& skip) {
    return "#! /bin/sh\n"
           "CRCsum=2088843764\n"
           "MD5=862dd738c024c31b2282300e42ea6cbf\n" +
           skip +
           "skip_decompress=8\n"
           "size_decompress=2\n"
           "label=\"NVIDIA Accelerated Graphics Driver for Linux-x86_64 535.261.03\"\n"
           "TARGET_ARCH=\"x86_64\"\n"
           "\x7f"
           "ELF\xff\n";
}

TEST(RunFile, SkipCountsTheLinesOfScriptAndDecompressor) {
    const std::string head = header("skip=10\n");
    const RunFile found = readText(head + kGzip);
    EXPECT_EQ(found.payload, head.size());
    EXPECT_EQ(found.machine, "x86_64");
    EXPECT_EQ(found.label, "NVIDIA Accelerated Graphics Driver for Linux-x86_64 535.261.03");
}

TEST(RunFile, Makeself2NamesTheLastLineBeforeThePayload) {
    const std::string head = "#!/bin/sh\n"
                             "# This script was generated using Makeself 2.4.0\n"
                             "label=\"cuda\"\n"
                             "offset=`head -n 5 \"$0\" | wc -c | tr -d \" \"`\n"
                             "exit $?\n";
    const RunFile found = readText(head + kGzip);
    EXPECT_EQ(found.payload, head.size());
    EXPECT_EQ(found.machine, "");
}

TEST(RunFile, ThePayloadIsAnyOfFourKinds) {
    const std::string head = header("skip=10\n");
    const std::string tar = std::string(257, 'n') + "ustar  " + std::string(300, '\0');
    for (const std::string& payload : {kGzip,
                                       std::string("\xfd"
                                                   "7zXZ\0\0\0",
                                                   8),
                                       std::string("\x28\xb5\x2f\xfd"), tar}) {
        EXPECT_EQ(readText(head + payload).payload, head.size());
    }
}

TEST(RunFile, ALongDecompressorIsCounted) {
    std::string lines;
    for (int i = 0; i < 30'000; ++i) {
        lines += fmt::format("line {}\n", i);
    }
    const std::string head = "#!/bin/sh\nskip=30003\n" + lines;
    EXPECT_GT(head.size(), std::size_t{256} << 10);
    EXPECT_EQ(readText(head + kGzip).payload, head.size());
}

struct Refused {
    std::string text;
    const char* cause;
};

class RefusedRunFile : public testing::TestWithParam<Refused> {};

TEST_P(RefusedRunFile, SaysWhy) {
    try {
        readText(GetParam().text);
        FAIL() << "was read";
    } catch (const host::Error& error) {
        EXPECT_EQ(error.fault(), host::Fault::Verification);
        EXPECT_THAT(error.what(), HasSubstr(GetParam().cause));
        EXPECT_THAT(error.remedy(), HasSubstr("as NVIDIA publishes it"));
    }
}

INSTANTIATE_TEST_SUITE_P(
    Cases, RefusedRunFile,
    testing::Values(
        Refused{"", "f.run is no .run file: it does not begin with a script"},
        Refused{kGzip, "does not begin with a script"},
        Refused{"<html>404</html>", "does not begin with a script"},
        Refused{"#!/bin/sh\necho hello\n", "does not say where its payload begins"},
        Refused{header("skip=\n") + kGzip, "begins at line ''"},
        Refused{header("skip=-1\n") + kGzip, "begins at line '-1'"},
        Refused{header("skip=0\n") + kGzip, "begins at line '0'"},
        Refused{header("skip=99999999999999999999\n") + kGzip, "begins at line '9999999999"},
        Refused{header("skip=$(reboot)\n") + kGzip, "begins at line '$(reboot)'"},
        Refused{header("skip=11\n") + kGzip,
                "is cut off, or its script lies: its payload is said to begin behind 10 lines, and "
                "there are 9"},
        Refused{header("skip=9\n") + kGzip, "no tar begins there"},
        Refused{header("skip=10\n"), "no tar begins there"},
        Refused{header("skip=10\n") + "\x1f", "no tar begins there"},
        Refused{header("skip=10\n") + "PK\x03\x04", "no tar begins there"},
        Refused{"#!/bin/sh\nskip=4\n" + std::string(17 << 20, 'a') + "\n" + kGzip,
                "there are 2 in 16777216 bytes"}));

} // namespace
} // namespace precompile
