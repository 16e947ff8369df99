#include "toolkit/installation/installation_record.h"

#include "host/base/error.h"
#include "host/base/file.h"
#include "host/base/json.h"
#include "host/crypto/digest.h"

#include <algorithm>
#include <fmt/format.h>
#include <unistd.h>

namespace toolkit {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

namespace {

constexpr const char* kRecord = ".driverctl-installation.json";
constexpr std::size_t kLargestRecord = 1 << 20;
constexpr int kFormat = 1;

/// Names come back from a file: none may lead out of the directory.
bool isInside(const fs::path& name) {
    return !name.empty() && name.is_relative() &&
           std::ranges::none_of(name, [](const fs::path& part) { return part == ".."; });
}

Json toJson(const ConfiguredRuntime& configured) {
    Json json = {{"runtime", configured.runtime},
                 {"name", configured.name},
                 {"config", configured.config},
                 {"drop_in", configured.dropIn},
                 {"config_home", configured.configHome}};
    if (configured.hooks) {
        json["hooks"] = *configured.hooks;
    }
    return json;
}

ConfiguredRuntime configuredFrom(const host::JsonValue& value) {
    const auto hooks = value.find("hooks");
    return {.runtime = value.at("runtime").text(),
            .name = value.at("name").text(),
            .config = value.at("config").text(),
            .dropIn = value.at("drop_in").text(),
            .hooks = hooks ? std::optional(hooks->text()) : std::nullopt,
            .configHome = value.at("config_home").text()};
}

InstallationRecord recordFrom(const host::JsonValue& document) {
    if (document.at("format").integer<int>() != kFormat) {
        document.at("format").fail("is of another version");
    }
    InstallationRecord record{.madeDirectory = document.at("made_directory").flag(), .prints = {}};
    for (const auto& configured : document.at("runtimes").list()) {
        record.runtimes.push_back(configuredFrom(configured));
    }
    for (const auto& [name, prints] : document.at("files").fields()) {
        if (!isInside(name)) {
            prints.fail("lies outside");
        }
        record.prints[name] = prints.texts();
    }
    return record;
}

} // namespace

void InstallationRecord::add(const fs::path& name, const std::string& print) {
    if (!has(name, print)) {
        prints[name].push_back(print);
    }
}

bool InstallationRecord::has(const fs::path& name, const std::string& print) const {
    const auto known = prints.find(name);
    return known != prints.end() && std::ranges::count(known->second, print) != 0;
}

std::optional<std::string> printOf(const fs::path& path) {
    const auto status = fs::symlink_status(path);
    if (fs::is_symlink(status)) {
        return printOfLink(fs::read_symlink(path).native());
    }
    if (fs::is_regular_file(status)) {
        return "sha256:" + host::digestOfFile(path);
    }
    return fs::exists(status) ? std::optional("neither a file nor a link") : std::nullopt;
}

std::string printOfContent(std::string_view content) {
    return "sha256:" + host::digestOf(content);
}

std::string printOfLink(std::string_view target) {
    return fmt::format("link:{}", target);
}

std::optional<InstallationRecord> readRecord(const fs::path& directory) {
    const auto file = directory / kRecord;
    const auto text = host::readRegularFileIfExists(file, kLargestRecord);
    if (!text) {
        return std::nullopt;
    }
    return recordFrom(host::JsonValue(
        *text, {.refusal = file.string() + " is no record of what was installed",
                .remedy = fmt::format("Take what is not needed out of {}, and this file.",
                                      directory.string())}));
}

void writeRecord(const fs::path& directory, const InstallationRecord& record) {
    Json files = Json::object();
    for (const auto& [name, prints] : record.prints) {
        files[name.string()] = prints;
    }
    Json runtimes = Json::array();
    for (const auto& configured : record.runtimes) {
        runtimes.push_back(toJson(configured));
    }
    const Json document = {{"format", kFormat},
                           {"made_directory", record.madeDirectory},
                           {"runtimes", runtimes},
                           {"files", files}};
    host::writeFileAtomic(directory / kRecord,
                          document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

void removeRecord(const fs::path& directory) {
    const auto file = directory / kRecord;
    if (::unlink(file.c_str()) != 0 && errno != ENOENT) {
        host::throwErrno("remove", file.string());
    }
}

} // namespace toolkit
