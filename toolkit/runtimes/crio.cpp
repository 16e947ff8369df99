#include "toolkit/runtimes/crio.h"

#include "toolkit/runtimes/places.h"
#include "toolkit/runtimes/runtime_files.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <iterator>

namespace toolkit::runtimes {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* kRemedy = "Mend the file: CRI-O does not start with it either.";

/// Settings that lead to another program than runtime_path.
constexpr std::array<std::string_view, 2> kOfTheProgram = {"platform_runtime_paths",
                                                           "inherit_default_runtime"};

std::vector<PlannedFile> readAll(const Wish& wish, const ConfigFiles& files) {
    std::vector<PlannedFile> all;
    for (const fs::path& path : filesOfCrio(wish, files)) {
        all.emplace_back(files, path, host::DocumentFormat::Toml, kRemedy);
        requireTables(all.back(), {"crio", "runtime", "runtimes", wish.settings.name});
    }
    return all;
}

/// [crio.runtime] of the files that are read, one over the other; a runtime is replaced whole.
nlohmann::json runtimeTable(const std::vector<PlannedFile>& all, const fs::path& without) {
    nlohmann::json table = nlohmann::json::object();
    nlohmann::json runtimes = nlohmann::json::object();
    for (const PlannedFile& file : all) {
        const auto* const more = file.find({"crio", "runtime"});
        if (more == nullptr || !more->is_object() || file.path() == without) {
            continue;
        }
        runtimes.update(tableAt(*more, "runtimes"));
        table.update(*more);
    }
    table["runtimes"] = runtimes;
    return table;
}

/// The default runtime, or else the one that CRI-O comes with; none of another kind than "oci".
nlohmann::json modelOf(const nlohmann::json& table, const std::string& ours) {
    const auto runtimes = tableAt(table, "runtimes");
    for (const std::string& name :
         {ours, textAt(table, "default_runtime"), std::string("crun"), std::string("runc")}) {
        auto runtime = tableAt(runtimes, name);
        const auto type = textAt(runtime, "runtime_type");
        if (!runtime.empty() && (type.empty() || type == "oci")) {
            return runtime;
        }
    }
    return nlohmann::json::object();
}

Json runtimeLike(const nlohmann::json& model, const fs::path& program) {
    Json runtime = {{"runtime_path", program.string()}, {"runtime_type", "oci"}};
    for (const auto& [key, value] : model.items()) {
        if (!runtime.contains(key) &&
            std::ranges::find(kOfTheProgram, key) == kOfTheProgram.end()) {
            runtime[key] = value;
        }
    }
    return runtime;
}

/// Of a runtime that is there only what says which program it is changes.
void replaceRuntime(PlannedFile& file, const host::KeyPath& runtime, const fs::path& program,
                    std::vector<std::string>& replaced) {
    const auto below = [&](std::string_view name) {
        auto key = runtime;
        key.emplace_back(name);
        return key;
    };
    setAndTell(file, below("runtime_path"), program.string(), replaced);
    setAndTell(file, below("runtime_type"), "oci", replaced);
    for (const auto name : kOfTheProgram) {
        if (file.find(below(name)) != nullptr) {
            replaced.push_back(file.was(below(name)));
            file.erase(below(name));
        }
    }
}

/// What files that are read after ours say of the same keys.
void warn(Plan& plan, const std::vector<PlannedFile>& all, const PlannedFile& ours,
          const Wish& wish) {
    const auto& name = wish.settings.name;
    std::vector<host::KeyPath> keys = {{"crio", "runtime", "runtimes", name}};
    if (wish.settings.setAsDefault) {
        keys.push_back({"crio", "runtime", "default_runtime"});
    }
    for (const PlannedFile& file : all) {
        const bool isLater = file.path().parent_path() == ours.path().parent_path() &&
                             file.path().filename() > ours.path().filename();
        for (const auto& key : keys) {
            const auto* const theirs = file.find(key);
            if (isLater && theirs != nullptr && *theirs != *ours.find(key)) {
                plan.warnings.push_back(fmt::format("{} is read later and decides: {} is {}",
                                                    file.document().placeOf(key), key.back(),
                                                    theirs->dump()));
            }
        }
    }
}

} // namespace

Plan planCrio(const Wish& wish, const ConfigFiles& files) {
    const auto& settings = wish.settings;
    const auto all = readAll(wish, files);
    PlannedFile file(files, dropInFile(wish), host::DocumentFormat::Toml, kRemedy);
    Plan plan;
    const host::KeyPath runtime = {"crio", "runtime", "runtimes", settings.name};
    const auto table = runtimeTable(all, file.path());
    const auto set = [&](const host::KeyPath& path, const Json& value) {
        setAndTell(file, path, value, plan.replaced);
    };
    if (const auto* const now = file.find(runtime); now != nullptr && now->is_object()) {
        replaceRuntime(file, runtime, settings.program, plan.replaced);
    } else {
        const auto before = tableAt(tableAt(table, "runtimes"), settings.name);
        if (!before.empty()) {
            plan.replaced.push_back(fmt::format("{} replaces the runtime {} of other files: {}",
                                                file.path().string(), settings.name,
                                                before.dump()));
        }
        set(runtime, runtimeLike(modelOf(table, settings.name), settings.program));
    }
    if (settings.setAsDefault) {
        set({"crio", "runtime", "default_runtime"}, settings.name);
    }
    plan.files = {file.plan()};
    if (settings.enableCdi) {
        plan.warnings.emplace_back("CRI-O reads CDI specifications by itself: nothing is enabled");
        std::vector<const PlannedFile*> inOrder;
        std::ranges::transform(all, std::back_inserter(inOrder),
                               [](const PlannedFile& each) { return &each; });
        tellOfCdiDirectories(inOrder, {"crio", "runtime", "cdi_spec_dirs"}, plan.warnings);
    }
    warn(plan, all, file, wish);
    return plan;
}

} // namespace toolkit::runtimes
