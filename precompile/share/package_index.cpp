#include "precompile/share/package_index.h"

#include "host/base/error.h"
#include "host/base/file.h"
#include "host/base/json.h"
#include "host/crypto/digest.h"
#include "precompile/package/acceptance.h"
#include "precompile/package/signature.h"
#include "precompile/share/limits.h"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <set>

namespace precompile {

namespace {

using Json = nlohmann::ordered_json;

constexpr int kFormat = 1;
constexpr std::size_t kMostSigners = 64;
constexpr std::size_t kLongestFile = 1024;
constexpr std::size_t kLongestShown = 64; ///< of a name that is refused

using host::JsonValue;

/// Plain names separated by '/', so that the text can be a path and a part of a URL.
bool isPlainPath(const std::string& text) {
    constexpr std::string_view kPlain =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._+-~/";
    const std::filesystem::path path(text);
    return !text.empty() && text.size() <= kLongestFile &&
           text.find_first_not_of(kPlain) == std::string::npos && path.is_relative() &&
           path.has_filename() && path.lexically_normal().native() == text &&
           *path.begin() != ".." && *path.begin() != ".";
}

PackageIdentity readIdentity(const JsonValue& package) {
    PackageIdentity identity{.target = {.osId = package.at("os").text(),
                                        .osRelease = package.at("release").text(),
                                        .architecture = package.at("architecture").text(),
                                        .kernel = package.at("kernel").text()},
                             .driver = package.at("driver").text(),
                             .tag = package.at("tag").text()};
    const std::string flavour = package.at("flavour").text();
    try {
        identity.flavour = flavourFromString(flavour);
        validate(identity);
    } catch (const host::Error& error) {
        package.fail(fmt::format("cannot be used: {}", error.what()));
    }
    if (identity.target.kernel.empty()) {
        package.at("kernel").fail("is empty");
    }
    return identity;
}

IndexEntry readEntry(const JsonValue& package) {
    IndexEntry entry;
    entry.file = package.at("file").text();
    if (!isPlainPath(entry.file)) {
        package.at("file").fail(fmt::format("is no path inside its directory: '{}'",
                                            entry.file.substr(0, kLongestShown)));
    }
    entry.size = package.at("size").integer<std::uint64_t>();
    if (entry.size == 0 || entry.size > kLargestPackage) {
        package.at("size").fail(
            fmt::format("is {} bytes, a package has 1 to {}", entry.size, kLargestPackage));
    }
    entry.sha256 = package.at("sha256").text();
    if (!host::isDigest(entry.sha256)) {
        package.at("sha256").fail("is no digest");
    }
    entry.identity = readIdentity(package);
    entry.builtAt = package.at("built_at").integer<std::int64_t>();
    if (!isBuildTime(entry.builtAt)) {
        package.at("built_at").fail(fmt::format("is {}, which is no time", entry.builtAt));
    }
    entry.signedBy = package.at("signed_by").texts(kMostSigners);
    return entry;
}

/// One file is one package, and one identity is one file.
void requireUnique(const std::vector<IndexEntry>& entries, const JsonValue& document) {
    std::set<std::string> files;
    std::map<std::string, std::string> identities;
    for (const IndexEntry& entry : entries) {
        if (!files.insert(entry.file).second) {
            document.fail(fmt::format("has {} twice", entry.file));
        }
        const auto [known, fresh] = identities.emplace(entry.identity.describe(), entry.file);
        if (!fresh) {
            document.fail(fmt::format("has {} and {}, which are both for {}", known->second,
                                      entry.file, entry.identity.describe()));
        }
    }
}

IndexEntry entryOf(const std::filesystem::path& directory, const std::filesystem::path& file) {
    const Package package(file);
    requireMembers(package);
    IndexEntry entry{.file = file.lexically_relative(directory).generic_string(),
                     .size = host::fileSize(file),
                     .sha256 = host::digestOfFile(file),
                     .identity = package.manifest().identity,
                     .builtAt = package.manifest().builtAt,
                     .signedBy = signersOf(package)};
    std::ranges::sort(entry.signedBy);
    // What a reader would refuse spoils the whole index.
    host::context("it cannot be indexed", [&] { indexFromJson(indexToJson({entry}), "it"); });
    return entry;
}

/// Of packages for the same: the one that is named after it, or the first.
void leaveOneOfEach(const std::filesystem::path& directory, WrittenIndex& written) {
    const auto elsewhere = [](const IndexEntry& entry) {
        return entry.file != entry.identity.directoryName() + "/" + entry.identity.fileName();
    };
    std::ranges::stable_sort(written.entries, {}, elsewhere);
    std::map<std::string, std::string> files;
    std::erase_if(written.entries, [&](const IndexEntry& entry) {
        const auto [known, fresh] = files.emplace(entry.identity.describe(), entry.file);
        if (!fresh) {
            const auto file = directory / entry.file;
            written.refused.push_back({file,
                                       {fmt::format("{} is left out: {} is for {} too",
                                                    file.string(), known->second, known->first)}});
        }
        return !fresh;
    });
    std::ranges::sort(written.entries, {}, &IndexEntry::file);
}

} // namespace

std::string indexToJson(std::vector<IndexEntry> entries) {
    std::ranges::sort(entries, {}, &IndexEntry::file);
    Json packages = Json::array();
    for (const IndexEntry& entry : entries) {
        Json package = {{"file", entry.file}, {"size", entry.size}, {"sha256", entry.sha256}};
        package.update(identityToJson(entry.identity));
        package["built_at"] = entry.builtAt;
        package["signed_by"] = entry.signedBy;
        packages.push_back(std::move(package));
    }
    return Json{{"format", kFormat}, {"packages", packages}}.dump(2) + "\n";
}

std::vector<IndexEntry> indexFromJson(const std::string& text, const std::string& origin) {
    const JsonValue document(text, {.refusal = origin + " is no valid package index",
                                    .remedy = "Write it anew with {command:package index}."});
    if (const auto format = document.at("format").integer<int>(); format != kFormat) {
        throw host::Error(fmt::format("{} has the index format {}, this driverctl reads {}", origin,
                                      format, kFormat),
                          "Use a newer driverctl, or write it anew with {command:package index}.");
    }
    std::vector<IndexEntry> entries;
    for (const JsonValue& package : document.at("packages").list()) {
        entries.push_back(readEntry(package));
    }
    requireUnique(entries, document);
    return entries;
}

std::optional<IndexEntry> findInIndex(const std::vector<IndexEntry>& entries,
                                      const PackageIdentity& wanted) {
    const auto found = std::ranges::find_if(
        entries, [&](const IndexEntry& entry) { return entry.identity.fits(wanted); });
    return found == entries.end() ? std::nullopt : std::optional(*found);
}

WrittenIndex writeIndex(const std::filesystem::path& directory) {
    if (!std::filesystem::is_directory(directory)) {
        throw host::Error(host::Fault::Usage, fmt::format("{} is no directory", directory.string()),
                          "Name the directory that holds the packages.");
    }
    WrittenIndex written;
    for (auto& verdict : Store(directory).list()) {
        try {
            if (verdict.reasons.empty()) {
                written.entries.push_back(entryOf(directory, verdict.file));
                continue;
            }
        } catch (const host::Error& error) {
            verdict.reasons = {error.what()};
        }
        written.refused.push_back(std::move(verdict));
    }
    leaveOneOfEach(directory, written);
    host::replaceFile(directory / kIndexName, indexToJson(written.entries));
    return written;
}

} // namespace precompile
