#include "precompile/build/conftest_cache.h"

#include "host/base/directories.h"
#include "host/base/file.h"
#include "host/base/json.h"
#include "host/crypto/digest.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <fmt/format.h>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

namespace precompile {

namespace {

constexpr const char* kScript = "conftest.sh";
constexpr const char* kResults = "conftest"; ///< the directory that the script's makefile fills
constexpr const char* kFormat = "driverctl conftest 2\n";
/// One file has some 100 KB: enough for the kernels and drivers that a fleet has at a time.
constexpr std::uintmax_t kMostBytes = 32 << 20;
constexpr std::chrono::hours kLongestUnused{24 * 180};

bool takesPart(const std::filesystem::path& file) {
    const std::string name = file.filename().string();
    const auto extension = file.extension();
    return name == kScript || name == "Makefile" || name == "Kbuild" || extension == ".Kbuild" ||
           extension == ".mk" || (name.starts_with("patch-") && extension == ".h");
}

/// Relative to `directory`, sorted.
std::set<std::filesystem::path> filesBelow(const std::filesystem::path& directory) {
    std::set<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
        if (entry.is_regular_file()) {
            files.insert(entry.path().lexically_relative(directory));
        }
    }
    return files;
}

/// What the directive at the start of the text includes; empty: it is none. In a shell script a
/// backslash may stand before the quote.
std::string_view includedBy(std::string_view text) {
    constexpr std::string_view kBlanks = " \t\r\n\f\v";
    constexpr std::string_view kQuotes = "<\"\\";
    constexpr std::string_view kDirective = "include";
    constexpr std::string_view kName =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./-";
    const auto skip = [&text](std::string_view characters) {
        const auto end = std::min(text.find_first_not_of(characters), text.size());
        text.remove_prefix(end);
        return end;
    };
    text.remove_prefix(1);
    skip(kBlanks);
    if (!text.starts_with(kDirective)) {
        return {};
    }
    text.remove_prefix(kDirective.size());
    skip(kBlanks);
    return skip(kQuotes) == 0 ? std::string_view{} : text.substr(0, text.find_first_not_of(kName));
}

/// Whether a header that a test includes lies in the driver's own include directories.
bool testsOwnHeaders(const std::filesystem::path& tree) {
    const std::string script = host::readFile(tree / kScript);
    std::error_code none; // a name that is too long is no file either
    for (std::size_t at = script.find('#'); at != std::string::npos;
         at = script.find('#', at + 1)) {
        const std::filesystem::path header(includedBy(std::string_view(script).substr(at)));
        if (!header.empty() && (std::filesystem::exists(tree / header, none) ||
                                std::filesystem::exists(tree / "common/inc" / header, none))) {
            return true;
        }
    }
    return false;
}

std::string keyOf(const std::string& kernel, const std::filesystem::path& tree,
                  const std::vector<std::string>& makeArguments) {
    host::Digest digest;
    digest.update(kFormat);
    digest.update(fmt::format("kernel {}\n", kernel));
    for (const std::string& argument : makeArguments) {
        digest.update(fmt::format("argument {}\n", argument));
    }
    for (const auto& file : filesBelow(tree)) {
        if (takesPart(file)) {
            digest.update(
                fmt::format("file {} {}\n", host::digestOfFile(tree / file), file.string()));
        }
    }
    return digest.hex();
}

/// Removes what nobody used for long and, the oldest first, what is too much. Another process may
/// do the same: what is gone is gone.
void prune(const std::filesystem::path& directory) {
    using Time = std::filesystem::file_time_type;
    std::map<Time, std::filesystem::path, std::greater<>> newestFirst;
    std::error_code gone;
    for (const auto& file : host::entriesOf(directory)) {
        newestFirst[std::filesystem::last_write_time(file, gone)] = file;
    }
    std::uintmax_t bytes = 0;
    for (const auto& [time, file] : newestFirst) {
        const auto size = std::filesystem::file_size(file, gone);
        bytes += gone ? 0 : size;
        if (bytes > kMostBytes || Time::clock::now() - time > kLongestUnused) {
            std::filesystem::remove(file, gone);
        }
    }
}

/// Contents by file name; nothing when the file is not there, or is not what keep() wrote.
std::optional<std::map<std::string, std::string>> readResults(const std::filesystem::path& file) {
    const auto text = host::readFileIfExists(file);
    if (!text) {
        return std::nullopt;
    }
    try {
        const host::JsonValue document(*text, {});
        const auto files = document.at("files");
        if (document.at("sha256").text() != host::digestOf(files.json().dump())) {
            return std::nullopt;
        }
        std::map<std::string, std::string> results;
        for (const auto& [name, content] : files.fields()) {
            results[name] = content.text();
        }
        return results;
    } catch (const host::Error&) { // damaged: the tests run again
        return std::nullopt;
    }
}

} // namespace

ConftestCache::ConftestCache(const std::filesystem::path& directory, const std::string& kernel,
                             std::filesystem::path tree,
                             const std::vector<std::string>& makeArguments)
    : tree_(std::move(tree)) {
    if (!directory.empty() && std::filesystem::exists(tree_ / kScript) && !testsOwnHeaders(tree_)) {
        file_ = directory / fmt::format("{}.json", keyOf(kernel, tree_, makeArguments));
    }
}

bool ConftestCache::restore() const {
    const auto results = file_.empty() ? std::nullopt : readResults(file_);
    if (!results) {
        return false;
    }
    const auto directory = tree_ / kResults;
    std::vector<std::filesystem::path> written;
    for (const auto& [name, content] : *results) {
        const auto file = directory / name;
        std::filesystem::create_directories(file.parent_path());
        host::writeFileAtomic(file, content);
        written.push_back(file);
    }
    // One time for all: they depend on each other, and each on a source that has just been copied.
    const auto now = std::filesystem::file_time_type::clock::now();
    for (const auto& file : written) {
        std::filesystem::last_write_time(file, now);
    }
    std::error_code notOurs; // then it counts as unused
    std::filesystem::last_write_time(file_, now, notOurs);
    return true;
}

void ConftestCache::keep() const {
    const auto directory = tree_ / kResults;
    if (file_.empty() || !std::filesystem::exists(directory)) {
        return;
    }
    auto files = nlohmann::json::object();
    for (const auto& file : filesBelow(directory)) {
        files[file.string()] = host::readFile(directory / file);
    }
    const nlohmann::json document = {{"sha256", host::digestOf(files.dump())}, {"files", files}};
    std::filesystem::create_directories(file_.parent_path());
    host::writeFileAtomic(file_, document.dump());
    prune(file_.parent_path());
}

} // namespace precompile
