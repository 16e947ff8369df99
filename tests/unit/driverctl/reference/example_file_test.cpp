#include "driverctl/reference/example_file.h"

#include "driverctl/cli/config.h"
#include "driverctl/cli/groups.h"
#include "host/base/file.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sstream>

namespace driverctl {
namespace {

using testing::HasSubstr;

/// The configuration that the text makes, as --print-config prints it without origins.
std::string configured(const std::string& text) {
    const host::TempDir folder(std::filesystem::temp_directory_path(), "example-file-test-");
    const auto file = folder.path() / "driverctl.toml";
    host::writeFileAtomic(file, text);
    Config config;
    config.options = loadConfig({}, file, [](std::string_view) { return false; }).options;
    return printConfig(config);
}

TEST(ExampleFile, ChangesNothing) {
    EXPECT_EQ(configured(exampleFile()), configured(""));
}

/// A setting without a default has an empty text, which may be refused.
TEST(ExampleFile, CanBeUncommentedWhereThereIsADefault) {
    std::istringstream lines(exampleFile());
    std::string text;
    unsigned count = 0;
    for (std::string line; std::getline(lines, line);) {
        EXPECT_LE(line.size(), 140U);
        if (line.starts_with('#') && !line.starts_with("# ") && !line.ends_with("\"\"") &&
            !line.ends_with("[]")) {
            text += line.substr(1) + "\n";
            ++count;
        }
    }
    EXPECT_GT(count, 30U);
    EXPECT_EQ(configured(text), configured("")) << text;
}

TEST(ExampleFile, HasEverySettingWithWhatItMeans) {
    const std::string text = exampleFile();
    for (const Setting& row : settings()) {
        EXPECT_THAT(text, HasSubstr(fmt::format("\n#{} = ", row.name)));
    }
    EXPECT_THAT(text, HasSubstr("# Log as text for people or as JSON lines (text, json)\n"
                                "#log-format = \"text\"\n"));
}

} // namespace
} // namespace driverctl
