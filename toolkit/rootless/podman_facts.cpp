#include "toolkit/rootless/podman_facts.h"

#include "host/base/error.h"
#include "host/base/file.h"
#include "host/base/json.h"
#include "host/base/text.h"
#include "host/process/process.h"
#include "host/process/program_version.h"
#include "toolkit/bundle/node_supply.h"
#include "toolkit/shim/next_runtime.h"

#include <algorithm>
#include <unistd.h>

namespace toolkit::rootless {

namespace fs = std::filesystem;

namespace {

bool canBeStarted(const fs::path& program) {
    std::error_code none;
    return fs::is_regular_file(program, none) && ::access(program.c_str(), X_OK) == 0;
}

/// Of "podman version 4.3.1".
std::string versionOf(const fs::path& podman) {
    try {
        const auto said = host::run({.argv = {podman.string(), "--version"}});
        const auto words = host::words(said.text);
        return said.status.success() && !words.empty() ? words.back() : "";
    } catch (const host::Error&) { // no program for this machine
        return "";
    }
}

/// The first that knows cdi_spec_dirs; until 5.6 its own value lacks one directory.
constexpr host::ProgramVersion kFirstWithCdiDirectories{5, 5};
constexpr host::ProgramVersion kFirstWithBothDirectories{5, 6};

std::vector<fs::path> ownCdiDirectories(const host::ProgramVersion& podman,
                                        const host::Roots& roots) {
    auto directories = cdi::defaultDirectories(roots.root);
    if (podman >= kFirstWithCdiDirectories && podman < kFirstWithBothDirectories) {
        directories.resize(1);
    }
    return directories;
}

ContainersConf readConf(const Environment& environment, const host::Roots& roots,
                        ContainersConf conf) {
    for (const auto& file : containersConfFiles(environment, roots)) {
        if (const auto text = host::readFileIfExists(file)) {
            layOver(conf, *text, file);
        }
    }
    return conf;
}

/// A name is looked up in [engine.runtimes], then in PATH.
OciRuntime findRuntime(const ContainersConf& conf, const std::string& name,
                       const Environment& environment) {
    OciRuntime runtime{.name = name};
    if (name.starts_with('/')) {
        runtime.program = name;
    } else if (const auto places = conf.runtimes.find(name);
               places != conf.runtimes.end() && !places->second.empty()) {
        const auto found = std::ranges::find_if(places->second, canBeStarted);
        runtime.program = found == places->second.end() ? places->second.front() : *found;
    }
    if (!name.starts_with('/') && !canBeStarted(runtime.program)) {
        const auto found = findProgram(environment, name);
        runtime.program = found.empty() ? runtime.program : found;
    }
    runtime.isThere = canBeStarted(runtime.program);
    return runtime;
}

/// The program that the hook starts, when it is ours or one of the names that ours answers to.
bool givesGpus(const fs::path& file) {
    static const std::string kNames[] = {"driverctl", "driverctl-hook", "nvidia-container-toolkit",
                                         "nvidia-container-runtime-hook"};
    try {
        const host::JsonValue document(host::readFile(file), {.refusal = file.string()});
        const fs::path program = document.at("hook").at("path").text();
        return canBeStarted(program) &&
               std::ranges::count(kNames, program.filename().string()) != 0;
    } catch (const host::Error&) { // podman says what is wrong with it
        return false;
    }
}

bool hasHook(const fs::path& directory) {
    std::error_code none;
    const fs::directory_iterator entries(directory, none);
    return std::ranges::any_of(entries, [](const fs::directory_entry& entry) {
        return entry.path().extension() == ".json" && givesGpus(entry.path());
    });
}

/// What NVIDIA's config.toml says, as the runtime reads it.
fs::path runtimeBehind(const fs::path& nvidia, const Environment& environment) {
    try {
        const auto self = fs::canonical(nvidia);
        const auto config = readToolkitConfig(environment, {}, self).config;
        return findNextRuntime(config.runtime.runtimes, valueOf(environment, "PATH"), self);
    } catch (const host::Error&) { // the runtime says so itself
        return {};
    }
}

std::vector<HookDirectory> hookDirectories(const ContainersConf& conf, const host::Roots& roots) {
    std::vector<HookDirectory> directories;
    for (const auto& directory : conf.hookDirectories) {
        directories.push_back({.path = directory, .isConfigured = true});
    }
    for (const auto& directory :
         {roots.root / "usr/share/containers/oci/hooks.d", roots.etc / "containers/oci/hooks.d"}) {
        if (std::ranges::count(directories, directory, &HookDirectory::path) == 0) {
            directories.push_back({.path = directory});
        }
    }
    std::erase_if(directories, [](const HookDirectory& hooks) { return !hasHook(hooks.path); });
    return directories;
}

} // namespace

fs::path findProgram(const Environment& environment, const std::string& name) {
    for (const auto& directory : host::split(valueOf(environment, "PATH"), ':')) {
        if (auto program = fs::path(directory) / name; canBeStarted(program)) {
            return program;
        }
    }
    return {};
}

PodmanFacts gatherPodman(const Environment& environment, const host::Roots& roots) {
    PodmanFacts facts;
    if (const auto podman = findProgram(environment, "podman"); !podman.empty()) {
        facts.version = versionOf(podman);
    }
    const auto version = host::parseVersion(facts.version).value_or(host::ProgramVersion{});
    facts.cdiDirectories = ownCdiDirectories(version, roots);
    ContainersConf conf;
    try {
        conf = readConf(environment, roots, {.cdiDirectories = facts.cdiDirectories});
        if (version >= kFirstWithCdiDirectories) {
            facts.cdiDirectories = conf.cdiDirectories;
        }
    } catch (const host::Error& error) {
        facts.confError = error.what();
    }
    const auto crun = findRuntime(conf, "crun", environment);
    facts.hasCrun = crun.isThere;
    facts.runtime = !conf.runtime.empty() ? findRuntime(conf, conf.runtime, environment)
                    : crun.isThere        ? crun
                                          : findRuntime(conf, "runc", environment);
    if (conf.runtimes.contains("nvidia")) {
        facts.nvidia = findRuntime(conf, "nvidia", environment);
        facts.next =
            facts.nvidia->isThere ? runtimeBehind(facts.nvidia->program, environment) : fs::path();
    }
    facts.hooks = hookDirectories(conf, roots);
    return facts;
}

} // namespace toolkit::rootless
