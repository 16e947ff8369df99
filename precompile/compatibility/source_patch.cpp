#include "precompile/compatibility/source_patch.h"

#include "host/base/error.h"
#include "host/base/file.h"
#include "host/base/text.h"
#include "host/crypto/digest.h"
#include "precompile/compatibility/embedded.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>

namespace precompile {

namespace {

constexpr std::string_view kNewFile = "+++ b/";
constexpr std::size_t kLargestSource = 16 << 20;

std::size_t occurrences(std::string_view text, std::string_view part) {
    std::size_t count = 0;
    for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) {
        ++count;
    }
    return count;
}

} // namespace

SourcePatch::SourcePatch(std::string name, std::string_view text)
    : name_(std::move(name)), sha256_(host::digestOf(std::string(text))) {
    for (const std::string& line : host::split(text, '\n')) {
        addLine(line);
    }
    const bool whole = std::ranges::all_of(hunks_, [](const Hunk& hunk) {
        return !hunk.file.empty() && !hunk.before.empty() && hunk.before != hunk.after;
    });
    if (hunks_.empty() || !whole) {
        throw host::Error(fmt::format("{} is no patch: it has no whole hunk", name_));
    }
}

/// What stands in front of the first hunk's file is the reason.
void SourcePatch::addLine(std::string_view line) {
    if (line.starts_with(kNewFile)) {
        hunks_.push_back({.file = line.substr(kNewFile.size()), .before = {}, .after = {}});
    } else if (!hunks_.empty() && line.starts_with("@@ ")) {
        if (!hunks_.back().before.empty()) {
            hunks_.push_back({.file = hunks_.back().file, .before = {}, .after = {}});
        }
    } else if (!hunks_.empty() && !line.empty() && !line.starts_with("--- a/")) {
        const std::string rest = std::string(line.substr(1)) + '\n';
        Hunk& hunk = hunks_.back();
        hunk.before += line.front() == '+' ? "" : rest;
        hunk.after += line.front() == '-' ? "" : rest;
    }
}

bool SourcePatch::fits(const std::filesystem::path& sources) const {
    return std::ranges::all_of(hunks_, [&](const Hunk& hunk) {
        const auto file = sources / hunk.file;
        return std::filesystem::is_regular_file(file) &&
               occurrences(host::readFile(file, kLargestSource), hunk.before) == 1;
    });
}

void SourcePatch::apply(const std::filesystem::path& sources) const {
    std::map<std::filesystem::path, std::string> changed;
    for (const Hunk& hunk : hunks_) {
        const auto file = sources / hunk.file;
        const auto [entry, isNew] = changed.try_emplace(file);
        std::string& text = entry->second;
        if (isNew) {
            text = host::readFile(file, kLargestSource);
        }
        if (occurrences(text, hunk.before) != 1) {
            throw host::Error(
                fmt::format("{} does not fit {}: what it changes is not there exactly once", name_,
                            file.string()),
                "Leave the patches out with {no-patches}.");
        }
        text.replace(text.find(hunk.before), hunk.before.size(), hunk.after);
    }
    for (const auto& [file, text] : changed) {
        host::writeFileAtomic(file, text);
    }
}

std::span<const SourcePatch> carriedPatches() {
    static const std::vector<SourcePatch> patches = [] {
        std::vector<SourcePatch> all;
        for (const EmbeddedPatch& patch : kPatches) {
            all.emplace_back(std::string(patch.name), patch.text);
        }
        return all;
    }();
    return patches;
}

const SourcePatch& carriedPatch(std::string_view name) {
    const auto patches = carriedPatches();
    const auto found = std::ranges::find(patches, name, &SourcePatch::name);
    if (found == patches.end()) {
        throw host::Error(fmt::format("no patch {} is carried", name));
    }
    return *found;
}

} // namespace precompile
