/// What is kept of a configuration, so that it can be taken back: a small JSON file beside the
/// runtime's files, and a copy of each of them as it was (toolkit/runtimes/places.h).
///
/// Private to this folder and its tests. Values; reading one that somebody has changed into
/// something else throws Error (Fault::Usage).
#pragma once

#include "toolkit/runtimes/plan.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace toolkit::runtimes {

struct RecordedFile {
    std::filesystem::path path;
    host::DocumentFormat format = host::DocumentFormat::Json;
    bool hasBackup = false; ///< no: there was no such file
    std::string after;      ///< as it was written
    std::vector<KeyChange> keys = {};
};

struct Record {
    std::vector<RecordedFile> files;                ///< in the order of writing
    std::vector<std::filesystem::path> directories; ///< that were made, the upper ones first
    /// Before the first run the files named the runtime as the default one, and none had it.
    bool lackedDefault = false;

    [[nodiscard]] const RecordedFile* find(const std::filesystem::path& path) const;
};

std::string toText(const Record& record);
/// `name` is the file's, for messages.
Record parseRecord(const std::string& text, const std::string& name);

/// The keys of two runs one after the other, as those of one. What a key was before the first holds
/// where the second only changes what the first has set.
std::vector<KeyChange> joined(std::vector<KeyChange> first, const std::vector<KeyChange>& second);

} // namespace toolkit::runtimes
