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

/// The page's table whose first column is called `name`, as second column by first.
std::map<std::string, std::string> tableOf(const std::string& name) {
    const std::filesystem::path root(DRIVERCTL_SOURCE_DIR);
    std::istringstream page(host::readFile(root / "docs/exit-codes.md"));
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

/// What run() of the command ends with, as main() says it.
ExitCode codeOf(const Command& command, const Layer& settings, const Layer& arguments) {
    testing::internal::CaptureStdout();
    ExitCode code = ExitCode::Done;
    try {
        Config config;
        config.apply(settings, "test");
        code = run(command, config, Arguments(command.arguments, arguments));
    } catch (const host::Error& error) {
        code = exitCodeOf(error.fault());
    }
    testing::internal::GetCapturedStdout();
    return code;
}

/// Every command that takes files, with one of them missing.
TEST(ExitCodes, AMissingFileIsWrongUsageInEveryCommand) {
    const std::vector<std::string> missing = {"/does/not/exist"};
    unsigned checked = 0;
    for (const Command* command : kCommands) {
        for (const std::string_view name : settingsOf(*command)) {
            if (setting(name).isInput) {
                EXPECT_EQ(codeOf(*command, {{std::string(name), missing}}, {}), ExitCode::Usage)
                    << command->name << " " << name;
                ++checked;
            }
        }
        for (const Argument& argument : command->arguments) {
            if (argument.isInput) {
                EXPECT_EQ(codeOf(*command, {}, {{std::string(argument.name), missing}}),
                          ExitCode::Usage)
                    << command->name << " " << argument.name;
                ++checked;
            }
        }
    }
    EXPECT_GT(checked, 20U);
}

TEST(ExitCodes, AMalformedPackageHasOneInEveryCommand) {
    const host::TempDir directory(std::filesystem::temp_directory_path(), "exit-code-test-");
    const auto key = directory.path() / "key.pem";
    ASSERT_EQ(host::run({.argv = {"openssl", "genpkey", "-algorithm", "ed25519", "-out", key}})
                  .status.code,
              0);
    const auto inside = [&](const char* name) {
        return std::vector<std::string>{directory.path() / name};
    };
    struct Case {
        const Command& command;
        Layer settings;
        Layer arguments;
        std::string words;
    };
    const Case cases[] = {
        {kPackageInspect, {}, {}, "package"},
        {kPackageVerify, {}, {}, "packages"},
        {kPackageSign, {{"package-key", {key}}}, {}, "packages"},
        {kPackageDiff, {}, {}, "packages"},
        {kPackageImport, {{"store", inside("store")}}, {}, "packages"},
        {kPackageExport, {}, {{"output", inside("output")}}, "packages"},
    };
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
        for (const auto& [command, settings, arguments, words] : cases) {
            Layer given = arguments;
            given[words] = {file, file};
            EXPECT_EQ(codeOf(command, settings, given), ExitCode::VerificationFailed)
                << command.name << " " << name;
            EXPECT_THAT(command.exitCodes, testing::Contains(ExitCode::VerificationFailed));
        }
    }
}

TEST(ExitCodes, ADirectoryIsNoFile) {
    EXPECT_EQ(codeOf(kPackageInspect, {}, {{"package", {"/"}}}), ExitCode::Usage);
}

} // namespace
} // namespace driverctl
