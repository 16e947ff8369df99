#include "toolkit/runtimes/daemon_check.h"

#include "host/base/documents/edited_document.h"
#include "host/base/file.h"
#include "host/base/text.h"
#include "toolkit/runtimes/places.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace toolkit::runtimes {

namespace fs = std::filesystem;
using Json = nlohmann::json;

namespace {

/// A file that is there as long as this is.
class Copy {
  public:
    Copy(const fs::path& of, const DaemonProgram& program, std::string_view text)
        : path_(of.parent_path() / ("." + of.filename().string() + ".driverctl-check")),
          onHost_(program.onHost(path_)) {
        host::writeFileAtomic(onHost_, text, 0600);
    }
    Copy(const Copy&) = delete;
    Copy& operator=(const Copy&) = delete;
    Copy(Copy&&) = delete;
    Copy& operator=(Copy&&) = delete;
    ~Copy() {
        std::error_code gone;
        fs::remove(onHost_, gone);
    }
    [[nodiscard]] const fs::path& path() const noexcept { return path_; }

  private:
    fs::path path_;
    fs::path onHost_;
};

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
    return (runtimes != keys.end() && runtimes + 1 != keys.end() && runtimes[1] == name) ||
           isOf("default_runtime_name") || isOf("enable_cdi") || pointer.starts_with("/imports");
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
        : program_(std::move(program)), mainFile_(std::move(mainFile)), name_(std::move(name)),
          before_(program_.judge(mainFile_)) {}

    std::string operator()(const fs::path& file, const std::string& text) const {
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
        if (!fs::is_directory(program_.onHost(file.parent_path()))) {
            return std::nullopt; // where it will lie is not there yet
        }
        const Copy copy(file, program_, text);
        if (file == mainFile_) {
            return program_.judge(copy.path());
        }
        const auto version = valueOf(text).value("version", 1);
        const auto main = fs::exists(program_.onHost(mainFile_)) ? mainFile_ : copy.path();
        const Copy both(mainFile_, program_,
                        fmt::format("version = {}\nimports = [\"{}\", \"{}\"]\n", version,
                                    main.string(), copy.path().string()));
        return program_.judge(both.path());
    }

    DaemonProgram program_;
    fs::path mainFile_;
    std::string name_;
    std::optional<Verdict> before_;
};

} // namespace

DaemonCheck daemonCheck(const DaemonProgram& program, const Wish& wish) {
    return Check(program, mainFile(wish), wish.settings.name);
}

} // namespace toolkit::runtimes
