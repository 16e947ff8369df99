#include "toolkit/runtimes/plan.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <string_view>

namespace toolkit::runtimes {

namespace {

using host::KeyPath;
using Json = nlohmann::json;

/// Where init writes the GPUs' CDI specification by itself, by both of its names.
constexpr std::array<std::string_view, 2> kCdiDirectories = {"/var/run/cdi/", "/run/cdi/"};

KeyPath firstOf(const KeyPath& path, std::size_t count) {
    return {path.begin(), path.begin() + static_cast<std::ptrdiff_t>(count)};
}

/// Tables above a key that were made for it, as far as they hold nothing more.
void eraseEmptyAbove(host::EditedDocument& document, const KeyChange& key) {
    for (std::size_t count = key.path.size() - 1; count > key.there; --count) {
        const KeyPath above = firstOf(key.path, count);
        const Json* const table = document.find(above);
        if (table == nullptr || !table->is_object() || !table->empty()) {
            return;
        }
        document.erase(above);
    }
}

void undoEntry(host::EditedDocument& document, const KeyChange& key) {
    document.takeOut(key.path, key.after.get<std::string>());
    if (!key.before && document.find(key.path)->empty()) {
        document.erase(key.path);
    }
}

void undoErasure(host::EditedDocument& document, const KeyChange& key) {
    if (key.before && key.after.is_null() &&
        document.find(firstOf(key.path, key.path.size() - 1)) != nullptr) {
        document.set(key.path, nlohmann::ordered_json(*key.before));
    }
}

} // namespace

PlannedFile::PlannedFile(const ConfigFiles& files, std::filesystem::path path,
                         host::DocumentFormat format, const std::string& remedy)
    : path_(std::move(path)), format_(format), before_(files.read(path_)),
      document_(format, before_.value_or(""), path_.string(), remedy) {}

std::string PlannedFile::was(const KeyPath& path) const {
    return fmt::format("{}: {} was {}", document_.placeOf(path), host::toString(path),
                       find(path)->dump());
}

KeyChange PlannedFile::changeOf(const KeyPath& path, Json after) const {
    const Json* const now = find(path);
    std::size_t there = path.size() - 1;
    while (there > 0 && find(firstOf(path, there)) == nullptr) {
        --there;
    }
    return {.path = path,
            .before = now == nullptr ? std::nullopt : std::optional(*now),
            .after = std::move(after),
            .there = there};
}

void PlannedFile::set(const KeyPath& path, const nlohmann::ordered_json& value) {
    KeyChange change = changeOf(path, value);
    if (change.before == change.after) {
        return;
    }
    document_.set(path, value);
    keys_.push_back(std::move(change));
}

void PlannedFile::erase(const KeyPath& path) {
    KeyChange change = changeOf(path, nullptr);
    if (change.before) {
        document_.erase(path);
        keys_.push_back(std::move(change));
    }
}

void PlannedFile::append(const KeyPath& path, const std::string& entry) {
    KeyChange change = changeOf(path, entry);
    change.isEntry = true;
    document_.append(path, entry);
    keys_.push_back(std::move(change));
}

FilePlan PlannedFile::plan(bool isJudged) const {
    return {.path = path_,
            .format = format_,
            .before = before_,
            .after = document_.text(),
            .keys = keys_,
            .isJudged = isJudged};
}

void setAndTell(PlannedFile& file, const KeyPath& path, const nlohmann::ordered_json& value,
                std::vector<std::string>& replaced) {
    const Json* const now = file.find(path);
    if (now != nullptr && !now->is_null() && *now != Json(value)) {
        replaced.push_back(file.was(path));
    }
    file.set(path, value);
}

void requireTables(const PlannedFile& file, const KeyPath& path) {
    for (std::size_t count = 1; count < path.size(); ++count) {
        const KeyPath above = firstOf(path, count);
        const Json* const table = file.find(above);
        if (table != nullptr && !table->is_object()) {
            file.document().fail(above, host::toString(above) + " is no table");
        }
    }
}

Json tableAt(const Json& table, const std::string& key) {
    const auto value = table.is_object() ? table.find(key) : table.end();
    return value != table.end() && value->is_object() ? *value : Json::object();
}

std::string textAt(const Json& table, const std::string& key) {
    const auto value = table.is_object() ? table.find(key) : table.end();
    return value != table.end() && value->is_string() ? value->get<std::string>() : "";
}

void tellOfCdiDirectories(const std::vector<const PlannedFile*>& files, const KeyPath& path,
                          std::vector<std::string>& warnings) {
    const auto isThere = [&](const PlannedFile* file) { return file->find(path) != nullptr; };
    const auto last = std::find_if(files.rbegin(), files.rend(), isThere);
    if (last == files.rend()) {
        return;
    }
    const Json& directories = *(*last)->find(path);
    const auto isOfInit = [](const Json& entry) {
        return entry.is_string() &&
               std::ranges::count(
                   kCdiDirectories,
                   (std::filesystem::path(entry) / "").lexically_normal().native()) != 0;
    };
    if (directories.is_array() && std::ranges::none_of(directories, isOfInit)) {
        warnings.push_back(fmt::format("{}: {} leaves out /var/run/cdi: the GPUs' CDI "
                                       "specification that init writes there is not read",
                                       (*last)->document().placeOf(path), path.back()));
    }
}

std::vector<std::string> undo(host::EditedDocument& document, const std::vector<KeyChange>& keys) {
    std::vector<std::string> left;
    for (auto key = keys.rbegin(); key != keys.rend(); ++key) {
        const Json* const now = document.find(key->path);
        if (now == nullptr) {
            undoErasure(document, *key);
            continue;
        }
        if (key->isEntry) {
            undoEntry(document, *key);
        } else if (!key->before && *now == key->after) {
            document.erase(key->path);
        } else if (key->before && *now == key->after) {
            document.set(key->path, nlohmann::ordered_json(*key->before));
        } else if (!key->before || *now != *key->before) {
            left.push_back(fmt::format("{}: {} was changed since and stays as it is",
                                       document.placeOf(key->path), host::toString(key->path)));
        }
        eraseEmptyAbove(document, *key);
    }
    return left;
}

} // namespace toolkit::runtimes
