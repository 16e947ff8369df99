#include "driverctl/reference/example_file.h"

#include "driverctl/cli/flag.h"
#include "driverctl/cli/groups.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sstream>
#include <vector>

namespace driverctl {

namespace {

constexpr std::size_t kWidth = 98; ///< "# " stands before it

std::string commented(const std::string& text) {
    std::istringstream words{text};
    std::string lines;
    std::string line;
    for (std::string word; words >> word;) {
        if (!line.empty() && line.size() + 1 + word.size() > kWidth) {
            lines += "# " + line + "\n";
            line.clear();
        }
        line += (line.empty() ? "" : " ") + word;
    }
    return lines + "# " + line + "\n";
}

std::string meaningOf(const Setting& row) {
    std::vector<std::string_view> words;
    for (const Word& word : row.choices) {
        if (!word.text.empty()) {
            words.push_back(word.text);
        }
    }
    return words.empty() ? std::string(row.help)
                         : fmt::format("{} ({})", row.help, fmt::join(words, ", "));
}

} // namespace

std::string exampleFile() {
    std::string text = "# /etc/driverctl/driverctl.toml: driverctl.toml(5). What is commented out "
                       "has its default.\n";
    for (const Group* group : kGroups) {
        text += fmt::format("\n# == {} ==\n", group->title);
        for (const Setting& row : group->settings) {
            text += fmt::format("\n{}#{} = {}\n", commented(meaningOf(row)), row.name,
                                format(Options{}, row));
        }
    }
    return text;
}

} // namespace driverctl
