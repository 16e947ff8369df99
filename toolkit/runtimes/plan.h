/// What has to be changed in a runtime's files, as values: nothing is written here.
///
/// Private to this folder and its tests. A PlannedFile owns the text of one file as it shall be,
/// and knows which keys of it are ours now, and what they were. Throws as EditedDocument.
#pragma once

#include "host/base/documents/edited_document.h"
#include "toolkit/runtimes/config_files.h"

#include <cstddef>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace toolkit::runtimes {

/// A key that was set.
struct KeyChange {
    host::KeyPath path;
    std::optional<nlohmann::json> before = {}; ///< nothing: it was not there
    nlohmann::json after;                      ///< null: it was taken out
    std::size_t there = 0; ///< how many keys above it led to something that was there
    bool isEntry = false;  ///< `after` is a text that was put at the end of a list
};

struct FilePlan {
    std::filesystem::path path;
    host::DocumentFormat format = host::DocumentFormat::Json;
    std::optional<std::string> before; ///< nothing: there is no such file
    std::string after;
    std::vector<KeyChange> keys; ///< in the order of their setting
    bool isJudged = false;       ///< the daemon's own parser is asked about it
};

struct Plan {
    std::vector<FilePlan> files; ///< in the order of writing; some may be as they were
    std::vector<std::string> replaced = {};
    std::vector<std::string> warnings = {};
    bool needsRestart = true; ///< of the daemon; no: it is enough that it reads the file again
};

class PlannedFile {
  public:
    /// `remedy` says what to do with a file that cannot be understood.
    PlannedFile(const ConfigFiles& files, std::filesystem::path path, host::DocumentFormat format,
                const std::string& remedy);

    [[nodiscard]] const host::EditedDocument& document() const noexcept { return document_; }
    [[nodiscard]] const nlohmann::json* find(const host::KeyPath& path) const {
        return document_.find(path);
    }
    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
    [[nodiscard]] bool exists() const noexcept { return before_.has_value(); }
    /// "/etc/docker/daemon.json:3:5: runtimes.nvidia was {…}": what set() would replace.
    [[nodiscard]] std::string was(const host::KeyPath& path) const;

    /// Nothing is noted of a key that has the value.
    void set(const host::KeyPath& path, const nlohmann::ordered_json& value);
    void append(const host::KeyPath& path, const std::string& entry);
    void erase(const host::KeyPath& path);
    /// Nothing is noted: it is the file's own, and stays as long as the file does.
    void setUnnoted(const host::KeyPath& path, const nlohmann::ordered_json& value) {
        document_.set(path, value);
    }

    [[nodiscard]] FilePlan plan(bool isJudged = false) const;

  private:
    [[nodiscard]] KeyChange changeOf(const host::KeyPath& path, nlohmann::json after) const;

    std::filesystem::path path_;
    host::DocumentFormat format_;
    std::optional<std::string> before_;
    host::EditedDocument document_;
    std::vector<KeyChange> keys_;
};

/// Sets the key; `replaced` gets a sentence when it had another value.
void setAndTell(PlannedFile& file, const host::KeyPath& path, const nlohmann::ordered_json& value,
                std::vector<std::string>& replaced);

/// Throws the document's Error where a key is there that leads to this one and is no table.
void requireTables(const PlannedFile& file, const host::KeyPath& path);

/// The table, or the text, of that name in a table; an empty one where there is none.
nlohmann::json tableAt(const nlohmann::json& table, const std::string& key);
std::string textAt(const nlohmann::json& table, const std::string& key);

/// `warnings` gets a sentence when the last of the files that says at `path` in which directories
/// CDI specifications are looked for leaves out the one that init writes to by itself. `files` are
/// in the order of reading.
void tellOfCdiDirectories(const std::vector<const PlannedFile*>& files, const host::KeyPath& path,
                          std::vector<std::string>& warnings);

/// Takes the keys back: what they were before comes again. What somebody has changed since is left
/// alone, with a sentence about it; tables that were made for a key go when nothing is left in
/// them.
std::vector<std::string> undo(host::EditedDocument& document, const std::vector<KeyChange>& keys);

} // namespace toolkit::runtimes
