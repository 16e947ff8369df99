#include "toolkit/rootless/containers_conf.h"

#include "host/base/documents/toml.h"
#include "host/process/home_directory.h"
#include "toolkit/runtimes/config_files.h"

#include <algorithm>

namespace toolkit::rootless {

namespace fs = std::filesystem;

namespace {

std::vector<fs::path> pathsIn(const toml::node* list) {
    std::vector<fs::path> paths;
    if (const auto* array = list == nullptr ? nullptr : list->as_array()) {
        for (const auto& entry : *array) {
            if (const auto* text = entry.as_string()) {
                paths.emplace_back(text->get());
            }
        }
    }
    return paths;
}

void layOver(std::vector<fs::path>& paths, const toml::node* list) {
    if (list == nullptr) {
        return;
    }
    const auto* const array = list->as_array();
    const bool appends = array != nullptr && std::ranges::any_of(*array, [](const auto& entry) {
                             const auto* const attribute = entry.as_table();
                             return attribute != nullptr && (*attribute)["append"].value_or(false);
                         });
    if (!appends) {
        paths.clear();
    }
    const auto more = pathsIn(list);
    paths.insert(paths.end(), more.begin(), more.end());
}

} // namespace

std::string valueOf(const Environment& environment, const std::string& name) {
    const auto found = environment.find(name);
    return found == environment.end() ? "" : found->second;
}

void layOver(ContainersConf& conf, std::string_view text, const fs::path& file) {
    const auto document = host::parseToml(text, file.string(), "See containers.conf(5).");
    const auto* engine = document["engine"].as_table();
    if (engine == nullptr) {
        return;
    }
    conf.runtime = (*engine)["runtime"].value_or(conf.runtime);
    layOver(conf.hookDirectories, engine->get("hooks_dir"));
    layOver(conf.cdiDirectories, engine->get("cdi_spec_dirs"));
    if (const auto* runtimes = (*engine)["runtimes"].as_table()) {
        for (const auto& [name, places] : *runtimes) {
            conf.runtimes[std::string(name.str())] = pathsIn(&places);
        }
    }
}

std::vector<fs::path> containersConfFiles(const Environment& environment,
                                          const host::Roots& roots) {
    if (const auto only = valueOf(environment, "CONTAINERS_CONF"); !only.empty()) {
        return {only};
    }
    const auto configHome = valueOf(environment, "XDG_CONFIG_HOME");
    const fs::path own = configHome.empty()
                             ? host::homeDirectory(valueOf(environment, "HOME")) / ".config"
                             : fs::path(configHome);
    auto files = runtimes::containersConfFiles(
        {roots.root / "usr/share/containers", roots.etc / "containers", own / "containers"});
    if (const auto last = valueOf(environment, "CONTAINERS_CONF_OVERRIDE"); !last.empty()) {
        files.emplace_back(last);
    }
    return files;
}

} // namespace toolkit::rootless
