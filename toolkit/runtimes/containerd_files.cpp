#include "toolkit/runtimes/containerd_files.h"

#include "host/base/error.h"

#include <algorithm>
#include <fmt/format.h>
#include <fnmatch.h>
#include <tuple>

namespace toolkit::runtimes {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr const char* kRemedy =
    "Mend the file: containerd does not start with it either (`containerd config dump` says why).";
constexpr const char* kTemplateRemedy =
    "k3s and RKE2 make config.toml of a template, and anew at each start: add the runtime to "
    "config.toml.tmpl (config-v3.toml.tmpl from containerd 2 on) there. Both know a runtime nvidia "
    "by themselves when nvidia-container-runtime is in the PATH of their start.";
constexpr int kNewest = 3;

[[noreturn]] void refuseTemplate(const std::string& place) {
    throw host::Error(host::Fault::Usage,
                      place + ": this is a template, or made of one, and not ours to edit",
                      kTemplateRemedy);
}

/// Refuses what k3s and RKE2 use and make, by its text as well as by its place.
PlannedFile openFile(const ConfigFiles& files, const fs::path& path) {
    if (path.extension() == ".tmpl" || path.native().starts_with("/var/lib/rancher/")) {
        refuseTemplate(path.string() + ":1:1");
    }
    try {
        return {files, path, host::DocumentFormat::Toml, kRemedy};
    } catch (const host::Error&) {
        const auto text = files.read(path).value_or("");
        const auto braces = text.find("{{");
        if (braces != std::string::npos) {
            refuseTemplate(fmt::format("{}:{}", path.string(), host::placeAt(text, braces)));
        }
        throw;
    }
}

/// The patterns of a file's imports, as absolute paths.
std::vector<fs::path> patternsOf(const ContainerdFile& file) {
    std::vector<fs::path> patterns;
    const Json* const imports = file.find({"imports"});
    if (imports == nullptr) {
        return patterns;
    }
    if (!imports->is_array()) {
        file.document().fail({"imports"}, "imports is no list");
    }
    for (const Json& entry : *imports) {
        if (!entry.is_string()) {
            file.document().fail({"imports"}, "imports has an entry that is no text");
        }
        patterns.push_back(
            (file.path().parent_path() / entry.get<std::string>()).lexically_normal());
    }
    return patterns;
}

/// As ConfigFiles::matching() finds it, whether it is there or not.
bool matches(const fs::path& pattern, const fs::path& file) {
    return pattern.native().find('*') == std::string::npos
               ? pattern == file
               : ::fnmatch(pattern.c_str(), file.c_str(), FNM_PATHNAME) == 0;
}

int versionFor(const ContainerdFile& main, const std::optional<Version>& daemon) {
    constexpr Version kFirstWithVersion3{2, 0};
    const bool knows3 = daemon && *daemon >= kFirstWithVersion3;
    const bool isNew = main.document().value().empty();
    const std::int64_t version = main.version().value_or(!isNew ? 1 : knows3 ? 3 : 2);
    if (version > kNewest || version < 1) {
        main.document().fail({"version"},
                             fmt::format("version {} of the format is not known", version));
    }
    if (version == 1 && knows3) { // nobody migrates them there
        throw host::Error(host::Fault::Usage,
                          fmt::format("{}: it is of version 1, whose CRI settings containerd {} "
                                      "does not take",
                                      main.path().string(), toString(*daemon)),
                          "Bring it to a newer version first: `containerd config migrate`.");
    }
    if (version == 3 && daemon && !knows3) {
        main.document().fail(
            {"version"}, fmt::format("containerd {} does not know version 3", toString(*daemon)));
    }
    return static_cast<int>(version);
}

} // namespace

std::string criPlugin(int version) {
    return version == 1   ? "cri"
           : version == 2 ? "io.containerd.grpc.v1.cri"
                          : "io.containerd.cri.v1.runtime";
}

ContainerdFile::ContainerdFile(const ConfigFiles& files, const fs::path& path)
    : PlannedFile(openFile(files, path)) {}

std::optional<std::int64_t> ContainerdFile::version() const {
    const Json* const version = find({"version"});
    if (version != nullptr && !version->is_number_integer()) {
        document().fail({"version"}, "version is no whole number");
    }
    return version == nullptr ? std::nullopt : std::optional(version->get<std::int64_t>());
}

const Json* ContainerdFile::cri(int version) const {
    const host::KeyPath path = {"plugins", criPlugin(version)};
    const Json* const table = find(path);
    if (table != nullptr && !table->is_object()) {
        document().fail(path, host::toString(path) + " is no table");
    }
    return table;
}

ContainerdFiles::ContainerdFiles(const ConfigFiles& files, const fs::path& mainPath,
                                 const std::optional<Version>& daemon)
    : main(files, mainPath), version(versionFor(main, daemon)), patterns_(patternsOf(main)),
      ofMain_(patterns_.size()) {
    for (std::size_t next = 0; next < patterns_.size(); ++next) { // they grow meanwhile
        for (const fs::path& file : files.matching(patterns_[next])) {
            const bool isNew =
                file != mainPath &&
                std::ranges::find(imported, file, &ContainerdFile::path) == imported.end();
            if (isNew) {
                imported.emplace_back(files, file);
                const auto more = patternsOf(imported.back());
                patterns_.insert(patterns_.end(), more.begin(), more.end());
            }
        }
    }
}

bool ContainerdFiles::imports(const fs::path& file) const {
    return std::ranges::any_of(patterns_,
                               [&](const fs::path& pattern) { return matches(pattern, file); });
}

bool ContainerdFiles::isReadAfter(const fs::path& file, const fs::path& other) const {
    const auto rank = [&](const fs::path& path) {
        const auto first = std::ranges::find_if(
            patterns_, [&](const fs::path& pattern) { return matches(pattern, path); });
        const bool isImported = first != patterns_.end();
        const auto place = static_cast<std::size_t>(first - patterns_.begin());
        return std::tuple(isImported ? place : ofMain_, isImported, path);
    };
    return rank(file) > rank(other);
}

Json ContainerdFiles::cri(bool merged) const {
    const Json* const first = main.cri(version);
    Json all = first == nullptr ? Json::object() : *first;
    for (const ContainerdFile& file : imported) {
        const Json* const more = isOfMainsVersion(file) ? file.cri(version) : nullptr;
        if (more != nullptr) {
            all = merged ? all : Json::object();
            all.merge_patch(*more);
        }
    }
    return all;
}

ContainerdFile& ContainerdFiles::homeOfCri() {
    const auto last = std::find_if(imported.rbegin(), imported.rend(), [&](const auto& file) {
        return isOfMainsVersion(file) && file.cri(version) != nullptr;
    });
    return last == imported.rend() ? main : *last;
}

} // namespace toolkit::runtimes
