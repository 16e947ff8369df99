#include "toolkit/runtimes/containerd.h"

#include "host/base/error.h"
#include "toolkit/runtimes/containerd_files.h"
#include "toolkit/runtimes/places.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace toolkit::runtimes {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* kRuncType = "io.containerd.runc.v2";
constexpr Version kFirstWithCdi{1, 7};
constexpr const char* kDeprecatedDefault = "default_runtime"; ///< a table of the whole runtime
constexpr Version kFirstWithoutDeprecated{2, 0};
/// Before, a drop-in replaces the whole section of a plugin.
constexpr Version kFirstThatMerges{2, 1};

/// Names of what disabled_plugins can turn off, from version 1 of the format to 3.
constexpr std::array<std::string_view, 4> kCriPlugins = {"cri", "io.containerd.grpc.v1.cri",
                                                         "io.containerd.cri.v1.runtime",
                                                         "io.containerd.cri.v1.images"};

/// The runtime whose settings ours shall have: the default one, runc, or any of runc's type.
nlohmann::json modelOf(const nlohmann::json& containerd, const std::string& ours) {
    auto deprecated = tableAt(containerd, kDeprecatedDefault);
    if (textAt(deprecated, "runtime_type") == kRuncType) {
        return deprecated;
    }
    const auto runtimes = tableAt(containerd, "runtimes");
    std::vector<std::string> names = {textAt(containerd, "default_runtime_name"), "runc"};
    for (const auto& [name, runtime] : runtimes.items()) {
        names.push_back(name);
    }
    for (const std::string& name : names) {
        auto runtime = tableAt(runtimes, name);
        if (name != ours && textAt(runtime, "runtime_type") == kRuncType) {
            return runtime;
        }
    }
    return nlohmann::json::object();
}

/// A runtime like that one with our program: its type first, its options last.
Json runtimeLike(const nlohmann::json& model, const fs::path& program) {
    Json runtime = {{"runtime_type", kRuncType}};
    for (const auto& [key, value] : model.items()) {
        if (key != "runtime_type" && key != "options") {
            runtime[key] = value;
        }
    }
    Json options = Json::object();
    const auto others = tableAt(model, "options");
    for (const auto& [key, value] : others.items()) {
        if (key != "BinaryName") {
            options[key] = value;
        }
    }
    options["BinaryName"] = program.string();
    runtime["options"] = options;
    return runtime;
}

class Containerd {
  public:
    Containerd(const Wish& wish, const ConfigFiles& files)
        : wish_(wish), node_(files), dropInPath_(dropInFile(wish)),
          files_(files, mainFile(wish), wish.version),
          merges_(wish.version && *wish.version >= kFirstThatMerges),
          containerd_(tableAt(files_.cri(merges_), "containerd")),
          plugin_({"plugins", criPlugin(files_.version)}) {
        refuseWhatTheDaemonDoesNotHave();
        if (wish.version && *wish.version >= kFirstWithoutDeprecated) {
            containerd_.erase(kDeprecatedDefault);
        }
        if (merges_) {
            dropIn_.emplace(files, dropInPath_);
        }
    }

    Plan plan();

  private:
    void refuseWhatTheDaemonDoesNotHave() const;
    PlannedFile& target() { return dropIn_ ? static_cast<PlannedFile&>(*dropIn_) : home(); }
    PlannedFile& home() { return files_.homeOfCri(); }
    [[nodiscard]] host::KeyPath key(const host::KeyPath& below) const {
        host::KeyPath path = plugin_;
        path.insert(path.end(), below.begin(), below.end());
        return path;
    }

    void setVersion();
    void setRuntime();
    void replaceRuntime(PlannedFile& file, const host::KeyPath& runtime);
    void setValue(const host::KeyPath& below, const Json& value);
    void eraseDeprecatedDefault();
    void import();
    void warn();
    void warnOfCdiDirectories();
    void warnOfOtherFiles();
    [[nodiscard]] bool isLater(const ContainerdFile& file) const {
        return merges_ && file.path() != dropInPath_ &&
               files_.isReadAfter(file.path(), dropInPath_);
    }

    const Wish& wish_;
    const ConfigFiles& node_;
    fs::path dropInPath_;
    ContainerdFiles files_;
    bool merges_;               ///< drop-ins, key by key
    nlohmann::json containerd_; ///< the plugin's settings of runtimes as they are
    host::KeyPath plugin_;
    std::optional<ContainerdFile> dropIn_;
    Plan plan_;
};

void Containerd::refuseWhatTheDaemonDoesNotHave() const {
    if (wish_.settings.enableCdi && wish_.version && *wish_.version < kFirstWithCdi) {
        throw host::Error(host::Fault::Usage,
                          fmt::format("containerd {} has no CDI: 1.7 is the first that has",
                                      toString(*wish_.version)),
                          "Leave {enable-cdi} out, or install a newer containerd.");
    }
    if (!wish_.dropIn.empty() && !merges_) {
        throw host::Error(
            host::Fault::Usage,
            fmt::format("{} cannot be used: containerd before 2.1 takes a drop-in for the whole "
                        "section of a plugin, and would lose its other runtimes",
                        wish_.dropIn.string()),
            wish_.version ? "Leave the drop-in out: then the file itself is edited."
                          : "Leave the drop-in out: then the file itself is edited. Or say with "
                            "{runtime-version} that the daemon is newer.");
    }
}

/// Of a file that is made now: of the main file's.
void Containerd::setVersion() {
    const auto setOfNew = [&](ContainerdFile& file) {
        if (file.document().value().empty()) {
            file.setUnnoted({"version"}, files_.version);
        }
    };
    setOfNew(files_.main);
    if (!dropIn_) {
        return;
    }
    setOfNew(*dropIn_);
    if (!files_.isOfMainsVersion(*dropIn_)) {
        dropIn_->document().fail(
            {"version"},
            fmt::format("it has version {}, and {} has {}: containerd loses one of "
                        "them",
                        *dropIn_->version(), files_.main.path().string(), files_.version));
    }
}

/// Of a runtime that is there only the program changes.
void Containerd::replaceRuntime(PlannedFile& file, const host::KeyPath& runtime) {
    const auto set = [&](const char* name, host::KeyPath path, const std::string& value) {
        path.emplace_back(name);
        setAndTell(file, path, value, plan_.replaced);
    };
    set("runtime_type", runtime, kRuncType);
    auto options = runtime;
    options.emplace_back("options");
    set("BinaryName", options, wish_.settings.program.string());
}

void Containerd::setRuntime() {
    const auto runtimes = tableAt(containerd_, "runtimes");
    const host::KeyPath ours = key({"containerd", "runtimes", wish_.settings.name});
    if (target().find(ours) != nullptr) {
        replaceRuntime(target(), ours);
        return;
    }
    if (runtimes.empty() && !merges_) { // ours would be the only one, and runc would be lost
        target().set(key({"containerd", "runtimes", "runc"}), {{"runtime_type", kRuncType}});
    }
    const auto before = tableAt(runtimes, wish_.settings.name);
    const bool isReplaced = !before.empty();
    const bool isOfEarlier = files_.main.find(ours) != nullptr ||
                             std::ranges::any_of(files_.imported, [&](const auto& file) {
                                 return !isLater(file) && file.find(ours) != nullptr;
                             });
    if (isReplaced && isOfEarlier && tableAt(before, "options") != nlohmann::json::object()) {
        plan_.replaced.push_back(fmt::format("{} replaces the runtime {} of other files: {}",
                                             dropInPath_.string(), wish_.settings.name,
                                             before.dump()));
    }
    target().set(ours, runtimeLike(isReplaced ? before : modelOf(containerd_, wish_.settings.name),
                                   wish_.settings.program));
}

/// In a drop-in it takes the place of what files say that are read before.
void Containerd::setValue(const host::KeyPath& below, const Json& value) {
    const auto path = key(below);
    if (target().find(path) == nullptr) {
        const PlannedFile* deciding = files_.main.find(path) != nullptr ? &files_.main : nullptr;
        for (const ContainerdFile& file : files_.imported) {
            deciding = !isLater(file) && file.find(path) != nullptr ? &file : deciding;
        }
        if (deciding != nullptr && *deciding->find(path) != nlohmann::json(value)) {
            plan_.replaced.push_back(deciding->was(path));
        }
    }
    setAndTell(target(), path, value, plan_.replaced);
}

/// Where it is a runtime, the daemon takes it and not default_runtime_name.
void Containerd::eraseDeprecatedDefault() {
    const auto table = tableAt(containerd_, kDeprecatedDefault);
    if (!textAt(table, "runtime_type").empty()) {
        const auto path = key({"containerd", kDeprecatedDefault});
        plan_.replaced.push_back(home().was(path));
        home().erase(path);
    }
}

/// The drop-in, and nothing else that lies there: what is not imported is not meant to be.
void Containerd::import() {
    if (files_.imports(dropInPath_)) {
        return;
    }
    const auto others = node_.list(dropInPath_.parent_path());
    const bool isAlone = std::ranges::all_of(others, [&](const fs::path& file) {
        return file == dropInPath_ || file.extension() != ".toml";
    });
    const bool isUsual = wish_.dropIn.empty() || dropInPath_.parent_path().extension() == ".d";
    files_.main.append({"imports"}, isAlone && isUsual
                                        ? (dropInPath_.parent_path() / "*.toml").string()
                                        : dropInPath_.string());
}

void Containerd::warn() {
    const auto& settings = wish_.settings;
    const auto* const disabled = files_.main.find({"disabled_plugins"});
    const auto list = disabled == nullptr ? nlohmann::json::array() : *disabled;
    if (std::ranges::any_of(list, [](const auto& name) {
            return std::ranges::find(kCriPlugins, name) != kCriPlugins.end();
        })) {
        plan_.warnings.push_back(
            fmt::format("{}: the CRI plugin is off: what is configured here counts for Kubernetes "
                        "only, and not before cri is taken out of disabled_plugins",
                        files_.main.document().placeOf({"disabled_plugins"})));
    }
    if (!wish_.version && settings.enableCdi) {
        plan_.warnings.emplace_back("enable_cdi needs containerd 1.7: older ones drop it without a "
                                    "word");
    }
    if (settings.enableCdi) {
        warnOfCdiDirectories();
    }
    warnOfOtherFiles();
}

void Containerd::warnOfCdiDirectories() {
    std::vector<const PlannedFile*> files = {merges_ ? &files_.main : &home()};
    for (const ContainerdFile& file : files_.imported) {
        if (merges_ && files_.isOfMainsVersion(file)) {
            files.push_back(&file);
        }
    }
    tellOfCdiDirectories(files, key({"cdi_spec_dirs"}), plan_.warnings);
}

/// What files that are read after ours say of the same keys, and what is lost by its version.
void Containerd::warnOfOtherFiles() {
    std::vector<host::KeyPath> paths = {key({"containerd", "runtimes", wish_.settings.name})};
    if (wish_.settings.setAsDefault) {
        paths.push_back(key({"containerd", "default_runtime_name"}));
    }
    for (const ContainerdFile& file : files_.imported) {
        if (file.find({"plugins"}) != nullptr && !files_.isOfMainsVersion(file)) {
            plan_.warnings.push_back(
                fmt::format("{}: it has version {}, and {} has {}: containerd loses one of them",
                            file.document().placeOf({"version"}), *file.version(),
                            files_.main.path().string(), files_.version));
        }
        for (const auto& path : paths) {
            const auto* const theirs = file.find(path);
            if (isLater(file) && theirs != nullptr && *theirs != *dropIn_->find(path)) {
                plan_.warnings.push_back(fmt::format("{} is read later and decides: {} is {}",
                                                     file.document().placeOf(path), path.back(),
                                                     theirs->dump()));
            }
        }
    }
}

Plan Containerd::plan() {
    setVersion();
    setRuntime();
    if (wish_.settings.setAsDefault) {
        setValue({"containerd", "default_runtime_name"}, wish_.settings.name);
        eraseDeprecatedDefault();
    }
    if (wish_.settings.enableCdi) {
        setValue({"enable_cdi"}, true);
    }
    if (merges_) {
        import();
        plan_.files.push_back(dropIn_->plan(true));
        plan_.files.push_back(files_.main.plan(true));
    } else {
        plan_.files.push_back(home().plan(true));
    }
    warn();
    return std::move(plan_);
}

} // namespace

Plan planContainerd(const Wish& wish, const ConfigFiles& files) {
    return Containerd(wish, files).plan();
}

} // namespace toolkit::runtimes
