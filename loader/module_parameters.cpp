#include "loader/module_parameters.h"

#include "host/base/directories.h"
#include "host/base/error.h"
#include "host/base/file.h"
#include "loader/daemons/daemon_table.h"
#include "precompile/package/driver_version.h"
#include "precompile/package/module_file.h"

#include <algorithm>
#include <cctype>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <iterator>
#include <sstream>
#include <utility>
#include <vector>

namespace loader {

namespace {

constexpr std::size_t kLargestFile = 64 << 10;
constexpr std::string_view kMemoryMode = "NVreg_CoherentGPUMemoryMode=";
constexpr int kFirstWithMemoryMode = 580;

bool isParameter(const std::string& word) {
    const auto equals = word.find('=');
    const std::string name = word.substr(0, equals);
    return equals != std::string::npos && !name.empty() &&
           std::ranges::all_of(name, [](unsigned char character) {
               return std::isalnum(character) != 0 || character == '_' || character == '-';
           });
}

std::string parameterFileOf(std::string_view module) {
    return fmt::format("{}.conf", module);
}

std::vector<std::string> filesThatAreRead() {
    std::vector<std::string> names;
    std::ranges::transform(precompile::kDriverModules, std::back_inserter(names), parameterFileOf);
    names.insert(names.end(), std::begin(kLicenceFiles), std::end(kLicenceFiles));
    return names;
}

std::string withUnderscores(std::string name) {
    std::ranges::replace(name, '-', '_');
    return name;
}

} // namespace

std::vector<std::string> parameterWords(std::string_view line) {
    std::vector<std::string> result;
    std::string word;
    bool quoted = false;
    for (const char character : line) {
        quoted = character == '"' ? !quoted : quoted;
        if (!quoted && std::isspace(static_cast<unsigned char>(character)) != 0) {
            if (!word.empty()) {
                result.push_back(std::exchange(word, {}));
            }
        } else {
            word += character;
        }
    }
    if (!word.empty()) {
        result.push_back(word);
    }
    return result;
}

std::string parseModuleParameters(std::string_view text, const std::string& module,
                                  const std::string& origin) {
    std::istringstream lines{std::string(text)};
    std::string parameters;
    int number = 0;
    for (std::string line; std::getline(lines, line);) {
        ++number;
        auto parts = parameterWords(line);
        if (parts.empty() || parts.front().starts_with('#')) {
            continue;
        }
        if (parts.size() >= 2 && parts[0] == "options" &&
            withUnderscores(parts[1]) == withUnderscores(module)) {
            parts.erase(parts.begin(), parts.begin() + 2);
        }
        for (const std::string& word : parts) {
            if (!isParameter(word) || word.find('\0') != std::string::npos) {
                throw host::Error(
                    host::Fault::Usage,
                    fmt::format("{}:{}: '{}' is no module parameter", origin, number, word),
                    "Write name=value.");
            }
            parameters += parameters.empty() ? word : " " + word;
        }
    }
    return parameters;
}

std::string moduleParameters(const std::filesystem::path& directory, const std::string& module,
                             const std::string& driver) {
    const auto file = directory / parameterFileOf(module);
    const auto text = host::readRegularFileIfExists(file, kLargestFile);
    std::string parameters = text ? parseModuleParameters(*text, module, file.string()) : "";
    if (module == "nvidia" && precompile::branchOf(driver) >= kFirstWithMemoryMode &&
        parameters.find(kMemoryMode) == std::string::npos) {
        parameters =
            fmt::format("{}driver{}{}", kMemoryMode, parameters.empty() ? "" : " ", parameters);
    }
    return parameters;
}

Findings checkParameterFiles(const std::filesystem::path& directory) {
    const auto parameterFiles = filesThatAreRead();
    std::vector<std::string> unread;
    for (const auto& path : host::entriesOf(directory)) {
        std::error_code none;
        std::string name = path.filename();
        if (!name.starts_with('.') && !std::filesystem::is_directory(path, none) &&
            std::ranges::count(parameterFiles, name) == 0) {
            unread.push_back(std::move(name));
        }
    }
    if (unread.empty()) {
        return {};
    }
    return {{Severity::Warning, "modules",
             fmt::format("nobody reads {} in {}", fmt::join(unread, ", "), directory.string()),
             fmt::format("Give it the name of a file that is read: {}.",
                         fmt::join(parameterFiles, ", "))}};
}

} // namespace loader
