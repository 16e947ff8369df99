#include "precompile/installer/installer_manifest.h"

#include "host/base/error.h"
#include "host/base/text.h"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <optional>

namespace precompile {

namespace {

constexpr std::size_t kHeadLines = 8;
constexpr std::size_t kVersionLine = 1;
constexpr int kOctal = 8;
constexpr unsigned kModeBits = 07777;
constexpr std::size_t kLongestVersion = 32;
constexpr std::string_view kDepth = "INHERIT_PATH_DEPTH:";
constexpr std::string_view kModule = "MODULE:";

/// Only what has such a path goes where the manifest itself says.
constexpr std::string_view kExplicitPaths = "/usr/share/";

bool isDriverVersion(std::string_view text) {
    const auto parts = host::split(text, '.');
    return parts.size() >= 2 && text.size() <= kLongestVersion &&
           std::ranges::all_of(parts, [](const std::string& part) {
               return !part.empty() && part.find_first_not_of("0123456789") == std::string::npos;
           });
}

bool isPlain(const std::string& path) {
    return !path.empty() && path.front() != '/' &&
           std::ranges::none_of(std::filesystem::path(path), [](const auto& part) {
               return part.empty() || part == "." || part == "..";
           });
}

/// The words of one line, taken from the front.
class Line {
  public:
    Line(std::string_view text, std::string place)
        : words_(host::words(text)), place_(std::move(place)) {}

    ManifestEntry entry();

  private:
    [[noreturn]] void refuse(std::string_view cause) const {
        throw host::Error(host::Fault::Verification, fmt::format("{}: {}", place_, cause),
                          "Nothing is guessed: a newer version of this program may know it.");
    }
    std::string take(std::string_view what) {
        if (next_ == words_.size()) {
            refuse(fmt::format("{} is missing", what));
        }
        return words_[next_++];
    }
    [[nodiscard]] unsigned mode(const std::string& text) const {
        const auto mode = host::toNumber<unsigned>(text, kOctal);
        if (!mode || *mode > kModeBits) {
            refuse(fmt::format("'{}' is no mode", text));
        }
        return *mode;
    }
    [[nodiscard]] bool isCompat32(const std::string& text) const {
        if (text != "NATIVE" && text != "COMPAT32") {
            refuse(fmt::format("'{}' is neither NATIVE nor COMPAT32", text));
        }
        return text == "COMPAT32";
    }
    [[nodiscard]] std::string path(const FileType& type, const std::string& text) const;
    [[nodiscard]] std::string inheritedPath(const std::string& file, const std::string& text) const;
    void readWords(ManifestEntry& entry);

    std::vector<std::string> words_;
    std::string place_;
    std::size_t next_ = 0;
};

/// "vdpau/" → "vdpau", "/" → "".
std::string Line::path(const FileType& type, const std::string& text) const {
    if (type.directory == "<path>" && !text.starts_with(kExplicitPaths)) {
        refuse(fmt::format("the path {} is not below {}", text, kExplicitPaths));
    }
    std::string path = text;
    path.erase(0, path.find_first_not_of('/'));
    path.erase(path.find_last_not_of('/') + 1);
    if (!path.empty() && !isPlain(path)) {
        refuse(fmt::format("'{}' is no plain path", text));
    }
    return path;
}

/// The file's directory without its first components.
std::string Line::inheritedPath(const std::string& file, const std::string& text) const {
    const auto depth = text.starts_with(kDepth)
                           ? host::toNumber<std::size_t>(text.substr(kDepth.size()))
                           : std::nullopt;
    const auto directory = std::filesystem::path(file).parent_path();
    const auto parts = static_cast<std::size_t>(std::distance(directory.begin(), directory.end()));
    if (!depth || *depth > parts) {
        refuse(fmt::format("'{}' says nothing of the path", text));
    }
    std::filesystem::path rest;
    for (auto part = std::next(directory.begin(), static_cast<std::ptrdiff_t>(*depth));
         part != directory.end(); ++part) {
        rest /= *part;
    }
    return rest.string();
}

void Line::readWords(ManifestEntry& entry) {
    const FileType& type = *entry.type;
    if (type.words == TypeWords::Architecture || type.words == TypeWords::ArchitecturePath) {
        entry.isCompat32 = isCompat32(take("NATIVE or COMPAT32"));
    }
    if (type.words == TypeWords::Path || type.words == TypeWords::ArchitecturePath) {
        entry.path = path(type, take("the path"));
    }
    if (type.words == TypeWords::InheritedPath) {
        entry.path = inheritedPath(entry.file, take(kDepth));
    }
    if (type.isLink()) {
        entry.target = take("the link's target");
        if (!isPlain(entry.target) || entry.target.find('/') != std::string::npos) {
            refuse(fmt::format("the link leads to '{}', which is no file's name", entry.target));
        }
    }
    if (next_ < words_.size() && words_[next_].starts_with(kModule)) {
        ++next_;
    }
    if (next_ < words_.size()) {
        refuse(fmt::format("'{}' is one word too many", words_[next_]));
    }
}

ManifestEntry Line::entry() {
    ManifestEntry entry{.file = take("the file")};
    if (entry.file.starts_with("./")) {
        entry.file.erase(0, 2);
    }
    if (!isPlain(entry.file)) {
        refuse(fmt::format("'{}' is no plain relative path", entry.file));
    }
    entry.mode = mode(take("the mode"));
    const std::string type = take("the type");
    entry.type = findFileType(type);
    if (entry.type == nullptr) {
        refuse(fmt::format("'{}' is of a type that is not known: {}", entry.file, type));
    }
    if (entry.type->isPlaced()) {
        readWords(entry);
    }
    return entry;
}

} // namespace

InstallerManifest readInstallerManifest(std::string_view text, const std::string& origin) {
    const auto lines = host::split(text, '\n');
    if (lines.size() <= kHeadLines || !isDriverVersion(host::trimmed(lines[kVersionLine]))) {
        throw host::Error(host::Fault::Verification,
                          fmt::format("{} is no manifest of NVIDIA's installer: its second line is "
                                      "no driver's version",
                                      origin));
    }
    InstallerManifest manifest{.driver = std::string(host::trimmed(lines[kVersionLine])),
                               .entries = {}};
    for (std::size_t i = kHeadLines; i < lines.size() && !host::trimmed(lines[i]).empty(); ++i) {
        manifest.entries.push_back(
            Line(lines[i], fmt::format("{}, line {}", origin, i + 1)).entry());
    }
    return manifest;
}

} // namespace precompile
