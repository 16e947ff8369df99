#include "toolkit/runtimes/record.h"

#include "host/base/json.h"

#include <algorithm>
#include <fmt/format.h>

namespace toolkit::runtimes {

namespace {

using Json = nlohmann::ordered_json;
using host::DocumentFormat;

constexpr int kVersion = 1;

Json toJson(const KeyChange& key) {
    Json json = {{"key", key.path}, {"after", key.after}, {"there", key.there}};
    if (key.before) {
        json["before"] = *key.before;
    }
    if (key.isEntry) {
        json["entry"] = true;
    }
    return json;
}

KeyChange keyOf(const host::JsonValue& json) {
    const auto before = json.find("before");
    KeyChange key{.path = json.at("key").texts(),
                  .before = before ? std::optional(before->json()) : std::nullopt,
                  .after = json.at("after").json(),
                  .there = json.at("there").integer<std::size_t>(),
                  .isEntry = json.find("entry").has_value()};
    if (key.path.empty() || key.there >= key.path.size() ||
        (key.isEntry && !key.after.is_string())) {
        json.fail("is no key");
    }
    return key;
}

} // namespace

const RecordedFile* Record::find(const std::filesystem::path& path) const {
    const auto file = std::ranges::find(files, path, &RecordedFile::path);
    return file == files.end() ? nullptr : &*file;
}

std::string toText(const Record& record) {
    Json files = Json::array();
    for (const RecordedFile& file : record.files) {
        Json keys = Json::array();
        for (const KeyChange& key : file.keys) {
            keys.push_back(toJson(key));
        }
        files.push_back({{"file", file.path.string()},
                         {"format", file.format == DocumentFormat::Json ? "json" : "toml"},
                         {"backup", file.hasBackup},
                         {"after", file.after},
                         {"keys", keys}});
    }
    Json directories = Json::array();
    for (const auto& directory : record.directories) {
        directories.push_back(directory.string());
    }
    Json json = {{"driverctl", kVersion}, {"files", files}, {"directories", directories}};
    if (record.lackedDefault) {
        json["lacked_default"] = true;
    }
    return json.dump(2) + "\n";
}

Record parseRecord(const std::string& text, const std::string& name) {
    const host::JsonValue json(
        text, {.refusal = name + " is no record of `runtime configure`",
               .remedy = "Take the configuration back by hand, with the copy beside it, and remove "
                         "the record.",
               .fault = host::Fault::Usage});
    if (json.at("driverctl").integer<int>() != kVersion) {
        json.at("driverctl").fail("is of another version");
    }
    Record record;
    for (const auto& file : json.at("files").list()) {
        RecordedFile& recorded = record.files.emplace_back();
        recorded.path = file.at("file").text();
        recorded.format =
            file.at("format").text() == "json" ? DocumentFormat::Json : DocumentFormat::Toml;
        recorded.hasBackup = file.at("backup").flag();
        recorded.after = file.at("after").text();
        for (const auto& key : file.at("keys").list()) {
            recorded.keys.push_back(keyOf(key));
        }
    }
    for (const std::string& directory : json.at("directories").texts()) {
        record.directories.emplace_back(directory);
    }
    record.lackedDefault = json.find("lacked_default").has_value();
    return record;
}

std::vector<KeyChange> joined(std::vector<KeyChange> first, const std::vector<KeyChange>& second) {
    for (const KeyChange& key : second) {
        const auto known = std::ranges::find_if(first, [&](const KeyChange& old) {
            return old.path == key.path && old.isEntry == key.isEntry &&
                   (!key.isEntry || old.after == key.after);
        });
        if (known == first.end()) {
            first.push_back(key);
        } else if (!key.isEntry && key.before == std::optional(known->after)) {
            known->after = key.after;
        } else if (!key.isEntry) {
            *known = key;
        }
    }
    return first;
}

} // namespace toolkit::runtimes
