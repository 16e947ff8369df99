#include "host/base/standard_output.h"

#include "host/base/error.h"
#include "host/base/fd.h"
#include "host/base/file.h"

#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <iostream>
#include <unistd.h>

namespace host {
namespace {

using testing::HasSubstr;

class Output : public testing::Test {
  protected:
    std::string contentOf(auto&& body) {
        const auto file = directory_.path() / "output";
        const Fd fd = openFile(file, O_WRONLY | O_CREAT | O_TRUNC, 0644);
        {
            StandardOutput output(fd.get());
            body();
            output.finish();
        }
        return readFile(file);
    }

    TempDir directory_{std::filesystem::temp_directory_path(), "output-test-"};
};

TEST_F(Output, PassesLinesOnAndReplacesWhatCannotBePrinted) {
    EXPECT_EQ(contentOf([] {
                  std::cout << "a " << 1 << '\n'
                            << "\x1b[2Jb\xc3"
                            << "\xa4"
                            << "\n\xff"
                            << "c";
              }),
              "a 1\n\\u001b[2Jb\xc3\xa4\n\\xffc");
}

TEST_F(Output, ADocumentStaysAsItIsBetweenLines) {
    EXPECT_EQ(contentOf([] {
                  std::cout << "a";
                  StandardOutput::printAsItIs("\x1b\xff\n");
                  std::cout << "b\n";
              }),
              "a\x1b\xff\nb\n");
}

TEST_F(Output, AWriteThatFailsLeavesThePrintingCall) {
    const Fd full = openFile("/dev/full", O_WRONLY);
    StandardOutput output(full.get());
    std::cout << "half a line";
    try {
        std::cout << ", and its end\n";
        FAIL() << "nothing was thrown";
    } catch (const SystemError& error) {
        EXPECT_EQ(error.code(), ENOSPC);
        EXPECT_THAT(error.what(), HasSubstr("cannot write standard output: No space left"));
    }
}

TEST_F(Output, WhatIsLeftAtTheEndCountsAsWell) {
    const Fd full = openFile("/dev/full", O_WRONLY);
    StandardOutput output(full.get());
    std::cout << "no newline";
    EXPECT_THROW(output.finish(), SystemError);
    EXPECT_THROW(StandardOutput::printAsItIs("document"), SystemError);
}

TEST_F(Output, OfAClosedDescriptorFailsOnlyWhenSomethingIsPrinted) {
    {
        StandardOutput output(STDOUT_FILENO, false);
        EXPECT_NO_THROW(output.finish());
        EXPECT_THROW(std::cout << "text\n", SystemError);
    }
    EXPECT_TRUE(std::cout.good()) << "as before";
}

} // namespace
} // namespace host
