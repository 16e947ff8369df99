#include "toolkit/runtimes/removal.h"

#include "toolkit/runtimes/places.h"

#include <algorithm>
#include <fmt/format.h>

namespace toolkit::runtimes {

namespace fs = std::filesystem;

namespace {

constexpr const char* kRemedy = "Mend the file.";

std::string withoutKeys(const RecordedFile& file, const std::string& text,
                        std::vector<std::string>& left) {
    host::EditedDocument document(file.format, text, file.path.string(), kRemedy);
    left = undo(document, file.keys);
    return document.text();
}

bool isSameButForBlanks(std::string one, std::string other) {
    const auto isBlank = [](unsigned char c) { return c <= ' '; };
    std::erase_if(one, isBlank);
    std::erase_if(other, isBlank);
    return one == other;
}

/// Of a file that somebody has edited since.
FileChange withoutOurs(const RecordedFile& file, const std::string& now, Removal& removal) {
    std::vector<std::string> left;
    std::vector<std::string> ignored;
    const std::string text = withoutKeys(file, now, left);
    if (text != now) {
        removal.warnings.push_back(file.path.string() +
                                   " was changed since: only our entries are taken out");
    }
    removal.warnings.insert(removal.warnings.end(), left.begin(), left.end());
    if (!left.empty()) {
        removal.kept.push_back(file.path);
    } else if (!file.hasBackup) {
        if (isSameButForBlanks(text, withoutKeys(file, file.after, ignored))) {
            return {file.path, now, std::nullopt};
        }
        removal.warnings.push_back(file.path.string() + " stays: it has more than was written");
    }
    return {file.path, now, text};
}

FileChange takenBack(const RecordedFile& file, const std::string& name, const ConfigFiles& files,
                     Removal& removal) {
    const auto now = files.read(file.path);
    const auto backup = file.hasBackup ? files.read(backupOf(file.path, name)) : std::nullopt;
    if (!now || now == backup) {
        return {file.path, now, now};
    }
    if (now == file.after && backup.has_value() == file.hasBackup) {
        return {file.path, now, backup};
    }
    if (file.keys.empty()) { // ours as a whole
        removal.warnings.push_back(fmt::format("{} stays: {}", file.path.string(),
                                               now == file.after ? "the copy of what it was is gone"
                                                                 : "it was changed since"));
        removal.kept.push_back(file.path);
        return {file.path, now, now};
    }
    return withoutOurs(file, *now, removal);
}

} // namespace

Removal planRemoval(const Record& record, const std::string& name, const ConfigFiles& files) {
    Removal removal;
    for (auto file = record.files.rbegin(); file != record.files.rend(); ++file) {
        FileChange change = takenBack(*file, name, files, removal);
        if (change.before != change.after) {
            removal.changes.push_back(std::move(change));
        }
    }
    return removal;
}

std::optional<host::Error> lackOfDefault(const std::vector<FileChange>& changes,
                                         const std::string& runtime, const DefaultRuntime& keys,
                                         const ConfigFiles& files) {
    std::string place; // of the last file that says which, where it is ours
    for (const fs::path& path : keys.files) {
        const auto change = std::ranges::find(changes, path, &FileChange::path);
        const auto now = files.read(path);
        const auto& text = change == changes.end() ? now : change->after;
        if (!text) {
            continue;
        }
        const host::EditedDocument document(keys.format, *text, path.string(), kRemedy);
        if (document.find(keys.runtime) != nullptr) {
            return std::nullopt;
        }
        if (const auto* const standard = document.find(keys.name)) {
            const host::EditedDocument edited(keys.format, now.value_or(""), path.string(), "");
            place = *standard == runtime ? edited.placeOf(keys.name) : "";
        }
    }
    if (place.empty() || runtime == "runc" || runtime == "crun") { // these are known without
        return std::nullopt;
    }
    return host::Error(host::Fault::Usage,
                       fmt::format("{}: {} is {}, which would be gone: nothing would start", place,
                                   keys.name.back(), runtime),
                       "Name another runtime there, or take the key out, and run this again.");
}

} // namespace toolkit::runtimes
