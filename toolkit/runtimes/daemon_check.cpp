#include "toolkit/runtimes/daemon_check.h"

#include "host/base/documents/edited_document.h"
#include "host/base/error.h"
#include "host/base/file.h"
#include "host/base/memory_file.h"
#include "host/base/text.h"
#include "toolkit/runtimes/places.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace toolkit::runtimes {

namespace fs = std::filesystem;
using Json = nlohmann::json;

namespace {

host::Fd inMemory(std::string_view text) {
    constexpr const char* kName = "configuration";
    host::Fd file = host::memoryFile(kName);
    host::writeAll(file.get(), text, kName);
    return file;
}

/// containerd looks for relative ones where the file lies.
std::string withAbsoluteImports(const std::string& toml, const fs::path& file) {
    host::EditedDocument document(host::DocumentFormat::Toml, toml, file.string(), "");
    const Json* const imports = document.find({"imports"});
    if (imports == nullptr || !imports->is_array()) {
        return toml;
    }
    auto absolute = nlohmann::ordered_json::array();
    for (const Json& entry : *imports) {
        absolute.push_back(entry.is_string() ? nlohmann::ordered_json(file.parent_path() /
                                                                      entry.get<std::string>())
                                             : nlohmann::ordered_json(entry));
    }
    document.set({"imports"}, absolute);
    return document.text();
}

bool isDefault(const std::string& key, const Json& value) {
    const bool isSandboxer = key == "sandbox_mode" || key == "sandboxer";
    return value == "" || value == false || value == 0 ||
           (value.is_structured() && value.empty()) || (isSandboxer && value == "podsandbox");
}

/// Without what means the same as nothing: a runtime that is named has fewer keys in a dump than
/// one that containerd has by itself.
void dropDefaults(Json& table) {
    for (auto entry = table.begin(); entry != table.end();) {
        if (entry->is_object()) {
            dropDefaults(*entry);
        }
        entry = isDefault(entry.key(), *entry) ? table.erase(entry) : std::next(entry);
    }
}

Json valueOf(const std::string& toml) {
    return host::EditedDocument(host::DocumentFormat::Toml, toml, "containerd config dump", "")
        .value();
}

bool isOurs(const std::string& pointer, const std::string& name) {
    const auto keys = host::split(pointer, '/');
    const auto runtimes = std::ranges::find(keys, "runtimes");
    const auto isOf = [&](std::string_view key) { return keys.back() == key; };
    const bool isOfDeprecated = std::ranges::find(keys, "default_runtime") != keys.end();
    return (runtimes != keys.end() && runtimes + 1 != keys.end() && runtimes[1] == name) ||
           isOfDeprecated || isOf("default_runtime_name") || isOf("enable_cdi") ||
           pointer.starts_with("/imports");
}

} // namespace

std::vector<std::string> differencesBeside(const std::string& name, const std::string& before,
                                           const std::string& after) {
    std::vector<std::string> found;
    auto was = valueOf(before);
    auto is = valueOf(after);
    dropDefaults(was);
    dropDefaults(is);
    for (const auto& difference : Json::diff(was, is)) {
        const auto& pointer = difference["path"].get_ref<const std::string&>();
        if (!isOurs(pointer, name)) {
            found.push_back(pointer);
        }
    }
    return found;
}

namespace {

class Check {
  public:
    Check(DaemonProgram program, fs::path mainFile, std::string name)
        : program_(std::move(program)), mainFile_(std::move(mainFile)), name_(std::move(name)) {}

    std::string operator()(const fs::path& file, const std::string& text) {
        before_ = before_ ? before_ : program_.judge(mainFile_);
        if (!before_) {
            return "";
        }
        if (!before_->accepted()) {
            const auto whose = file == mainFile_ ? "" : mainFile_.string() + ": ";
            return whose + before_->refusal;
        }
        if (text.empty()) { // there is no such file yet
            return "";
        }
        const auto after = judge(file, text);
        if (!after || !after->accepted()) {
            return after ? after->refusal : "";
        }
        const auto others = differencesBeside(name_, before_->effective, after->effective);
        return others.empty() ? ""
                              : fmt::format("it would change more than our runtime: {}",
                                            fmt::join(others, ", "));
    }

  private:
    [[nodiscard]] std::optional<Verdict> judge(const fs::path& file,
                                               const std::string& text) const {
        const bool imports = program_.file().filename() == "containerd";
        const host::Fd copy = inMemory(imports ? withAbsoluteImports(text, file) : text);
        auto verdict = file == mainFile_ ? program_.judge(copy)
                                         : program_.judge(inMemory(mainWith(copy, text)));
        const std::string path = program_.pathOf(copy);
        if (const auto place = verdict ? verdict->refusal.find(path) : std::string::npos;
            place != std::string::npos) {
            verdict->refusal.replace(place, path.size(), file.string());
        }
        return verdict;
    }

    /// One that imports the main file, where that is there, and then the copy of that text.
    [[nodiscard]] std::string mainWith(const host::Fd& copy, const std::string& text) const {
        std::vector<std::string> imports = {program_.pathOf(copy)};
        if (fs::exists(program_.onHost(mainFile_))) {
            imports.insert(imports.begin(), mainFile_.string());
        }
        return fmt::format("version = {}\nimports = [\"{}\"]\n", valueOf(text).value("version", 1),
                           fmt::join(imports, "\", \""));
    }

    DaemonProgram program_;
    fs::path mainFile_;
    std::string name_;
    std::optional<Verdict> before_ = {}; ///< of the files as they are, when it is asked first
};

std::optional<DaemonProgram> programOf(Runtime runtime, const fs::path& root) {
    return runtime == Runtime::Docker       ? DaemonProgram::find("dockerd", root)
           : runtime == Runtime::Containerd ? DaemonProgram::find("containerd", root)
                                            : std::nullopt;
}

} // namespace

DaemonQuestions daemonsIn(const fs::path& root) {
    return {.version = [root](Runtime runtime) -> std::optional<Version> {
                const auto program = programOf(runtime, root);
                return program ? program->version() : std::nullopt;
            },
            .check = [root](const Wish& wish) -> DaemonCheck {
                const auto program =
                    programOf(wish.settings.runtime.value_or(Runtime::Docker), root);
                return program ? daemonCheck(*program, wish) : DaemonCheck();
            }};
}

void complete(Wish& wish, const DaemonQuestions& daemon) {
    const auto& settings = wish.settings;
    wish.version = settings.version.empty()
                       ? daemon.version(settings.runtime.value_or(Runtime::Docker))
                       : parseVersion(settings.version);
    if (!settings.version.empty() && !wish.version) {
        throw host::Error(host::Fault::Usage, fmt::format("'{}' is no version", settings.version),
                          "Name it as the daemon does, such as 1.7.24, with {runtime-version}.");
    }
    wish.check = daemon.check(wish);
}

DaemonCheck daemonCheck(const DaemonProgram& program, const Wish& wish) {
    return Check(program, mainFile(wish), wish.settings.name);
}

} // namespace toolkit::runtimes
