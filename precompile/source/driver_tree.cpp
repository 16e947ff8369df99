#include "precompile/source/driver_tree.h"

#include "host/base/directories.h"
#include "host/base/error.h"
#include "host/base/file.h"
#include "host/base/text.h"
#include "precompile/package/driver_version.h"

#include <algorithm>
#include <array>

namespace precompile {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLargestSource = 4 << 20; ///< of NVIDIA's files that are read here: nv.c
constexpr std::string_view kProprietaryLicence = "NVIDIA"; ///< MODULE_LICENSE of nvidia.ko
constexpr std::string_view kNoLicence = "MODULE_LICENSE in nvidia/*.c";

struct CoreOfModule {
    const char* module;
    const char* object;
};
constexpr std::array<CoreOfModule, 2> kCores = {
    {{"nvidia", "nvidia/nv-kernel.o_binary"},
     {"nvidia-modeset", "nvidia-modeset/nv-modeset-kernel.o_binary"}}};

bool isDirectory(const fs::path& path) {
    std::error_code unreadable;
    return fs::is_directory(path, unreadable);
}

bool isFile(const fs::path& path) {
    std::error_code unreadable;
    return fs::is_regular_file(path, unreadable);
}

std::string contentOf(const fs::path& file) {
    try {
        return host::readFileIfExists(file, kLargestSource).value_or("");
    } catch (const host::Error&) { // unreadable, or longer than any of NVIDIA's
        return "";
    }
}

/// What stands behind `start`, up to one of `ends`; empty: nowhere.
std::string between(const std::string& text, std::string_view start, std::string_view ends) {
    const auto at = text.find(start);
    if (at == std::string::npos) {
        return "";
    }
    const auto begin = at + start.size();
    return text.substr(begin, text.find_first_of(ends, begin) - begin);
}

/// The last part of the name that is a version: "NVIDIA-Linux-x86_64-535.261.03-no-compat32".
std::string versionInName(const fs::path& directory) {
    const auto parts = host::split(directory.filename().string(), '-');
    const auto found = std::ranges::find_if(parts.rbegin(), parts.rend(), isDriverVersion);
    return found == parts.rend() ? "" : *found;
}

std::string versionOf(const fs::path& tree, const fs::path& named) {
    const auto told = between(contentOf(tree / "Kbuild"), "NV_VERSION_STRING=\\\"", "\\\"");
    return isDriverVersion(told) ? told : versionInName(named);
}

/// What the module nvidia says of itself. Nothing: nothing says it.
std::optional<Flavour> flavourOf(const fs::path& tree) {
    for (const auto& file : host::entriesOf(tree / "nvidia")) {
        if (file.extension() == ".c") {
            const auto licence = between(contentOf(file), "MODULE_LICENSE(\"", "\"");
            if (!licence.empty()) {
                return licence == kProprietaryLicence ? Flavour::Proprietary : Flavour::Open;
            }
        }
    }
    return std::nullopt;
}

DriverTree treeAt(const fs::path& tree, const fs::path& root, Flavour flavour, Layout layout) {
    DriverTree found{.source = {.version = versionOf(tree, root),
                                .flavour = flavour,
                                .directory = tree,
                                .cores = {},
                                .root = root},
                     .layout = layout,
                     .missing = {}};
    std::vector<std::string> needed = {"Makefile", "Kbuild"};
    for (const CoreOfModule& core : kCores) {
        found.source.cores.push_back({core.module, core.object});
        needed.emplace_back(core.object);
    }
    std::ranges::copy_if(needed, std::back_inserter(found.missing),
                         [&tree](const std::string& file) { return !isFile(tree / file); });
    return found;
}

DriverTree flatTree(const fs::path& directory) {
    const auto name = directory.filename().string();
    const bool isPlain = name == "nvidia-" + versionInName(directory);
    const auto flavour = flavourOf(directory);
    const bool namedOpen = name.find("-open") != std::string::npos;
    auto found = treeAt(directory, directory,
                        flavour.value_or(namedOpen ? Flavour::Open : Flavour::Proprietary),
                        isPlain || !isNamedAfterDriver(directory) ? Layout::Flat : Layout::Debian);
    if (!flavour) {
        found.missing.emplace_back(kNoLicence);
    }
    if (directory.parent_path().filename() == "modules") { // of Debian's nvidia-kernel.tar.xz
        found.layout = Layout::Debian;
    }
    return found;
}

/// Of the layouts with a directory for each flavour.
Layout layoutOf(const fs::path& directory) {
    if (isFile(directory / "version.mk")) {
        return Layout::Repository;
    }
    return isFile(directory / ".manifest") ||
                   directory.filename().string().starts_with("NVIDIA-Linux-")
               ? Layout::RunFile
               : Layout::Installer;
}

} // namespace

std::string_view toString(Layout layout) {
    switch (layout) {
    case Layout::Installer:
        return "installer";
    case Layout::Flat:
        return "flat";
    case Layout::Debian:
        return "debian";
    case Layout::RunFile:
        return "run-file";
    case Layout::Repository:
        return "repository";
    }
    return "unknown";
}

bool isNamedAfterDriver(const fs::path& directory) {
    return host::lower(directory.filename().string()).starts_with("nvidia-") &&
           !versionInName(directory).empty();
}

std::vector<DriverTree> driverTreesOf(const fs::path& directory) {
    std::vector<DriverTree> trees;
    const bool named = isNamedAfterDriver(directory);
    for (const auto& [name, flavour] :
         {std::pair{"kernel-open", Flavour::Open}, {"kernel", Flavour::Proprietary}}) {
        const auto tree = directory / name;
        if (isDirectory(tree / "nvidia") || (named && isDirectory(tree))) {
            trees.push_back(treeAt(tree, directory, flavour, layoutOf(directory)));
        }
    }
    if (trees.empty() && isDirectory(directory / "nvidia") &&
        (isFile(directory / "Kbuild") || isFile(directory / "conftest.sh"))) {
        trees.push_back(flatTree(directory));
    }
    std::erase_if(trees, [](const DriverTree& tree) { return tree.source.version.empty(); });
    return trees;
}

} // namespace precompile
