#include "toolkit/installation/toolkit_files.h"

#include "host/base/error.h"
#include "host/base/file.h"
#include "toolkit/edits/hook_name.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>
#include <utility>

namespace toolkit {

namespace fs = std::filesystem;

namespace {

using Kind = InstalledFile::Kind;

constexpr const char* kPrograms[] = {kRuntimeName, kHookName};

/// NVIDIA's names, and which program answers to each.
constexpr std::pair<const char*, const char*> kNames[] = {
    {"nvidia-container-runtime", kRuntimeName},
    {"nvidia-container-runtime-hook", kHookName},
    {"nvidia-container-toolkit", kHookName},
    {"nvidia-ctk", kHookName},      // "nvidia-ctk hook …" and nothing else
    {"nvidia-cdi-hook", kHookName}, // the same without "hook"
};

constexpr std::size_t kLargestProgram = 64 << 20;

std::string quoted(const std::string& text) {
    return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string quoted(const std::vector<std::string>& texts) {
    std::vector<std::string> items;
    std::ranges::transform(texts, std::back_inserter(items),
                           [](const std::string& text) { return quoted(text); });
    return fmt::format("[{}]", fmt::join(items, ", "));
}

bool hasAll(const fs::path& folder) {
    return std::ranges::all_of(kPrograms, [&](const char* program) {
        std::error_code none;
        return fs::is_regular_file(folder / program, none);
    });
}

} // namespace

std::string textOf(const InstalledConfig& config) {
    std::string text = fmt::format("# Written by driverctl toolkit install. Changed by hand, it "
                                   "stays as it is.\n"
                                   "accept-nvidia-visible-devices-envvar-when-unprivileged = {}\n"
                                   "accept-nvidia-visible-devices-as-volume-mounts = {}\n",
                                   config.acceptEnvironmentUnprivileged, config.acceptVolumeMounts);
    if (!config.driverRoot.empty()) {
        text += fmt::format("\n[nvidia-container-cli]\nroot = {}\n",
                            quoted(config.driverRoot.string()));
    }
    if (!config.debug.empty() || !config.runtimes.empty()) {
        text += "\n[nvidia-container-runtime]\n";
    }
    if (!config.debug.empty()) {
        text += fmt::format("debug = {}\n", quoted(config.debug.string()));
    }
    if (!config.runtimes.empty()) {
        text += fmt::format("runtimes = {}\n", quoted(config.runtimes));
    }
    return text;
}

std::vector<InstalledFile> toolkitFiles(const std::vector<fs::path>& folders,
                                        const InstalledConfig& config) {
    const auto folder = std::ranges::find_if(folders, hasAll);
    if (folder == folders.end()) {
        std::vector<std::string> looked;
        std::ranges::transform(folders, std::back_inserter(looked),
                               [](const fs::path& path) { return path.string(); });
        throw host::Error(fmt::format("there is no folder with {}: looked in {}",
                                      fmt::join(kPrograms, " and "), fmt::join(looked, ", ")),
                          "Install them beside driverctl.");
    }
    std::vector<InstalledFile> files;
    for (const char* program : kPrograms) {
        files.push_back(
            {program, Kind::Program, host::readFile(*folder / program, kLargestProgram)});
    }
    for (const auto& [name, program] : kNames) {
        files.push_back({name, Kind::Link, program});
    }
    files.push_back({kInstalledConfig, Kind::Document, textOf(config)});
    return files;
}

std::vector<fs::path> programFolders() {
    std::error_code none;
    std::vector<fs::path> folders = {"/usr/bin"};
    if (const auto self = fs::read_symlink("/proc/self/exe", none); !none) {
        folders.insert(folders.begin(), self.parent_path());
    }
    return folders;
}

} // namespace toolkit
