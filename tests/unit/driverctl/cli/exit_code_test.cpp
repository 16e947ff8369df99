/// docs/exit-codes.md says what the program does.
#include "driverctl/cli/exit_code.h"

#include "driverctl/commands/all.h"
#include "host/base/error.h"
#include "host/base/file.h"
#include "host/process/process.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>
#include <set>
#include <sstream>

namespace driverctl {
namespace {

std::string numberOf(ExitCode code) {
    return code == ExitCode::Signal ? "128+N" : std::to_string(static_cast<int>(code));
}

/// The table whose first column is called `name`, as second column by first.
std::map<std::string, std::string> tableOf(const std::string& name) {
    std::istringstream page(
        host::readFile(std::filesystem::path(DRIVERCTL_SOURCE_DIR) / "docs/exit-codes.md"));
    std::map<std::string, std::string> rows;
    bool inside = false;
    for (std::string line; std::getline(page, line);) {
        inside = line.starts_with("| " + name + " |") || (inside && line.starts_with("|"));
        const auto middle = line.find(" | ");
        if (inside && middle != std::string::npos) {
            rows[line.substr(2, middle - 2)] = line.substr(middle + 3, line.size() - middle - 5);
        }
    }
    rows.erase(name);
    return rows;
}

TEST(ExitCodes, ThePageHasAllOfThemAndNoOther) {
    std::map<std::string, std::string> expected;
    for (const ExitCode code : exitCodes()) {
        expected[numberOf(code)] = describe(code);
    }
    EXPECT_EQ(tableOf("exit code"), expected);
}

TEST(ExitCodes, ThePageHasThoseOfEveryCommand) {
    std::map<std::string, std::string> expected;
    for (const Command* command : kCommands) {
        std::vector<std::string> numbers;
        for (const ExitCode code : command->exitCodes) {
            numbers.push_back(numberOf(code));
        }
        expected[fmt::format("`{}`", command->name)] =
            numbers.empty() ? "none" : fmt::format("{}", fmt::join(numbers, ", "));
    }
    EXPECT_EQ(tableOf("command"), expected);
}

TEST(ExitCodes, EveryCauseOfThePageHasOneThatExists) {
    const auto codes = tableOf("exit code");
    for (const auto& [cause, code] : tableOf("cause")) {
        EXPECT_TRUE(codes.contains(code)) << cause;
    }
}

TEST(ExitCodes, EveryFaultHasOneOfItsOwn) {
    std::set<ExitCode> seen;
    for (const auto fault :
         {host::Fault::Failed, host::Fault::Usage, host::Fault::NoPackage, host::Fault::InUse,
          host::Fault::AlreadyRunning, host::Fault::NotLoadable, host::Fault::NoGpu,
          host::Fault::Verification}) {
        EXPECT_TRUE(seen.insert(exitCodeOf(fault)).second);
    }
}

/// Every command that takes files, with one of them missing.
TEST(ExitCodes, AMissingFileIsWrongUsageInEveryCommand) {
    const std::string missing = "/does/not/exist";
    unsigned checked = 0;
    for (const Command* command : kCommands) {
        std::vector<std::string_view> names = command->settings;
        for (const Argument& argument : command->arguments) {
            names.push_back(argument.setting);
        }
        for (const std::string_view name : names) {
            Options options;
            if (!setting(name).isInput) {
                continue;
            }
            assign(options, setting(name), {missing}, "test");
            try {
                run(*command, options);
                ADD_FAILURE() << command->name << " " << name;
            } catch (const host::Error& error) {
                EXPECT_EQ(error.fault(), host::Fault::Usage) << command->name << " " << name;
                EXPECT_THAT(error.what(),
                            testing::HasSubstr("cannot read /does/not/exist: No such file"));
            }
            ++checked;
        }
    }
    EXPECT_GT(checked, 20U);
}

/// What run() of the command ends with, as main() says it.
ExitCode codeOf(const Command& command, const Options& options) {
    testing::internal::CaptureStdout();
    ExitCode code = ExitCode::Done;
    try {
        code = run(command, options);
    } catch (const host::Error& error) {
        code = exitCodeOf(error.fault());
    }
    testing::internal::GetCapturedStdout();
    return code;
}

TEST(ExitCodes, AMalformedPackageHasOneInEveryCommand) {
    const host::TempDir directory(std::filesystem::temp_directory_path(), "exit-code-test-");
    const auto key = directory.path() / "key.pem";
    ASSERT_EQ(host::run({.argv = {"openssl", "genpkey", "-algorithm", "ed25519", "-out", key}})
                  .status.code,
              0);
    const std::pair<const char*, std::string> files[] = {
        {"empty.tar", ""},
        {"text.tar", "no package\n"},
        {"zeros.tar", std::string(10240, '\0')},
        {"bytes.tar", "\x1f\x8b\xff\xfe"},
        {"gap.tar", "manifest.json" + std::string(1011, '\0')},
    };
    for (const auto& [name, content] : files) {
        const auto file = directory.path() / name;
        host::writeFileAtomic(file, content);
        Options options;
        options.arguments.packages = {file, file};
        options.signing.packageKey = key;
        options.store.directory = directory.path() / "store";
        options.arguments.output = directory.path() / "output";
        for (const std::string_view command :
             {"package inspect", "package verify", "package sign", "package diff", "package import",
              "package export"}) {
            const auto row = std::ranges::find(kCommands, command, &Command::name);
            EXPECT_EQ(codeOf(**row, options), ExitCode::VerificationFailed)
                << command << " " << name;
            EXPECT_THAT((*row)->exitCodes, testing::Contains(ExitCode::VerificationFailed));
        }
    }
}

TEST(ExitCodes, ADirectoryIsNoFile) {
    Options options;
    options.arguments.packages = {"/"};
    EXPECT_EQ(codeOf(kPackageInspect, options), ExitCode::Usage);
}

} // namespace
} // namespace driverctl
