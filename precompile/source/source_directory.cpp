#include "precompile/source/source_directory.h"

#include "host/base/directories.h"
#include "host/base/error.h"

#include <algorithm>
#include <cctype>
#include <fmt/format.h>

namespace precompile {

namespace {

constexpr std::string_view kPrefix = "nvidia-";

bool isVersion(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char character) {
        return std::isdigit(static_cast<unsigned char>(character)) != 0 || character == '.';
    });
}

std::string_view subdirectory(Flavour flavour) {
    return flavour == Flavour::Open ? "kernel-open" : "kernel";
}

} // namespace

DriverSources driverSourcesBelow(std::filesystem::path directory) {
    return [directory = std::move(directory)](const std::string& version, Flavour flavour) {
        return findDriverSource(directory, version, flavour);
    };
}

std::vector<std::string> installedDrivers(const std::filesystem::path& directory) {
    std::vector<std::string> versions;
    for (const auto& entry : host::entriesOf(directory)) {
        const std::string name = entry.filename().string();
        if (name.starts_with(kPrefix) && isVersion(name.substr(kPrefix.size()))) {
            versions.push_back(name.substr(kPrefix.size()));
        }
    }
    std::ranges::sort(versions);
    return versions;
}

std::vector<Flavour> installedFlavours(const std::filesystem::path& directory,
                                       const std::string& version) {
    std::vector<Flavour> flavours;
    for (const Flavour flavour : {Flavour::Open, Flavour::Proprietary}) {
        if (std::filesystem::is_directory(directory / fmt::format("{}{}", kPrefix, version) /
                                          subdirectory(flavour))) {
            flavours.push_back(flavour);
        }
    }
    return flavours;
}

DriverSource findDriverSource(const std::filesystem::path& directory, const std::string& version,
                              Flavour flavour) {
    if (!isVersion(version)) {
        throw host::Error(host::Fault::Usage, fmt::format("'{}' is no driver version", version),
                          "Give one such as 535.261.03.");
    }
    DriverSource source{version,
                        flavour,
                        directory / fmt::format("nvidia-{}", version) / subdirectory(flavour),
                        {{"nvidia", "nvidia/nv-kernel.o_binary"},
                         {"nvidia-modeset", "nvidia-modeset/nv-modeset-kernel.o_binary"}}};
    std::vector<std::filesystem::path> needed = {"Makefile", "Kbuild"};
    for (const Core& core : source.cores) {
        needed.push_back(core.object);
    }
    for (const auto& file : needed) {
        std::error_code unreadable;
        if (!std::filesystem::is_regular_file(source.directory / file, unreadable)) {
            throw host::Error(
                fmt::format("the {} sources of driver {} are incomplete: {} is missing",
                            toString(flavour), version, (source.directory / file).string()),
                "Use an image that holds this driver's kernel sources, or name another driver or "
                "flavour.");
        }
    }
    return source;
}

} // namespace precompile
