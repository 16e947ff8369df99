#include "toolkit/runtimes/podman.h"

#include "host/base/error.h"
#include "toolkit/runtimes/places.h"
#include "toolkit/runtimes/runtime_files.h"

#include <algorithm>
#include <fmt/format.h>

namespace toolkit::runtimes {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* kRemedy = "Mend the file: podman does not run with it either.";

/// A list of runtimes by their abilities: of the last file that has it, or podman's own.
std::vector<std::string> abilities(const std::vector<PlannedFile>& all, const char* key,
                                   std::vector<std::string> standard) {
    for (const PlannedFile& file : all) {
        const auto* const list = file.find({"engine", key});
        if (list != nullptr && list->is_array() &&
            std::ranges::all_of(*list, &nlohmann::json::is_string)) {
            standard = list->get<std::vector<std::string>>();
        }
    }
    return standard;
}

void warnOfAbilities(Plan& plan, const std::vector<PlannedFile>& all, const std::string& name) {
    const auto json =
        abilities(all, "runtime_supports_json", {"crun", "runc", "kata", "runsc", "youki", "krun"});
    const auto noCgroups = abilities(all, "runtime_supports_nocgroups", {"crun", "krun"});
    const auto has = [&](const auto& list) { return std::ranges::find(list, name) != list.end(); };
    if (!has(json) || !has(noCgroups)) {
        plan.warnings.push_back(fmt::format(
            "podman asks a runtime that is named {} for less: {}{}{}. To change that, add the name "
            "to these lists in [engine] of containers.conf, which replace podman's own",
            name, has(json) ? "" : "its errors are not shown in full (runtime_supports_json)",
            has(json) || has(noCgroups) ? "" : ", ",
            has(noCgroups) ? "" : "`--cgroups=disabled` is refused (runtime_supports_nocgroups)"));
    }
}

void warnOfLaterFiles(Plan& plan, const std::vector<PlannedFile>& all, const PlannedFile& ours,
                      const Wish& wish) {
    std::vector<host::KeyPath> keys = {{"engine", "runtimes", wish.settings.name}};
    if (wish.settings.setAsDefault) {
        keys.push_back({"engine", "runtime"});
    }
    const auto place = std::ranges::find(all, ours.path(), &PlannedFile::path);
    const bool isKnown = place != all.end();
    for (const PlannedFile& file : all) {
        if (file.path() == ours.path()) {
            continue;
        }
        // Ours may not be there yet: among its neighbours the name decides.
        const bool isNeighbour = file.path().parent_path() == ours.path().parent_path();
        const bool isLater = isKnown ? &file > &*place : isNeighbour && file.path() > ours.path();
        for (const auto& key : keys) {
            const auto* const theirs = file.find(key);
            if (theirs == nullptr || *theirs == *ours.find(key)) {
                continue;
            }
            if (isLater) {
                plan.warnings.push_back(fmt::format("{} is read later and decides: {} is {}",
                                                    file.document().placeOf(key), key.back(),
                                                    theirs->dump()));
            } else {
                plan.replaced.push_back(file.was(key));
            }
        }
    }
}

} // namespace

Plan planPodman(const Wish& wish, const ConfigFiles& files) {
    const auto& settings = wish.settings;
    const fs::path path = dropInFile(wish);
    if (path.parent_path().extension() == ".d" && path.extension() != ".conf") {
        throw host::Error(
            host::Fault::Usage,
            fmt::format("{} would not be read: podman reads *.conf there", path.string()),
            "Give it a name that ends in .conf.");
    }
    std::vector<PlannedFile> all;
    for (const fs::path& file : filesOfPodman(wish, files)) {
        all.emplace_back(files, file, host::DocumentFormat::Toml, kRemedy);
        requireTables(all.back(), {"engine", "runtimes", settings.name});
    }
    PlannedFile file(files, path, host::DocumentFormat::Toml, kRemedy);
    Plan plan;
    const auto set = [&](const host::KeyPath& key, const Json& value) {
        setAndTell(file, key, value, plan.replaced);
    };
    set({"engine", "runtimes", settings.name}, Json::array({settings.program.string()}));
    if (settings.setAsDefault) {
        set({"engine", "runtime"}, settings.name);
    }
    plan.files = {file.plan()};
    if (settings.enableCdi) {
        plan.warnings.emplace_back("podman reads CDI specifications by itself: nothing is enabled");
    }
    warnOfLaterFiles(plan, all, file, wish);
    warnOfAbilities(plan, all, settings.name);
    return plan;
}

} // namespace toolkit::runtimes
