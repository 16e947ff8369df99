#include "loader/checks/provisions.h"

#include "host/base/file.h"
#include "loader/driver_root.h"

#include <algorithm>
#include <fmt/format.h>

namespace loader {

namespace {

/// Download, decompressed image and compiled objects together (docs/update.md).
constexpr std::uint64_t kSpaceToBuild = 8ULL << 30U;
constexpr double kGiB = 1ULL << 30U;
constexpr std::uint32_t kBridgeClass = 0x06; ///< PCI base class of NVSwitches
constexpr const char* kLibraries[] = {"usr/lib/x86_64-linux-gnu", "usr/lib/aarch64-linux-gnu",
                                      "usr/lib64", "usr/lib"};

Finding part(const std::string& what, const std::string& driver, bool isThere) {
    return {isThere ? Severity::Good : Severity::Warning, "image",
            fmt::format("{} of driver {} is {}", what, driver, isThere ? "there" : "missing"),
            isThere ? "" : "Take an image in which all parts have one version."};
}

Finding spaceFor(const std::filesystem::path& workDir) {
    auto directory = workDir;
    while (!std::filesystem::exists(directory) && directory.has_relative_path()) {
        directory = directory.parent_path();
    }
    const auto free = host::freeSpace(directory);
    const bool enough = free >= kSpaceToBuild;
    return {enough ? Severity::Good : Severity::Warning, "build",
            fmt::format("{:.1f} GiB are free for {}", static_cast<double>(free) / kGiB,
                        workDir.string()),
            enough ? ""
                   : fmt::format("Building needs {:.0f} GiB there; name another directory with "
                                 "{{work-dir}}.",
                                 static_cast<double>(kSpaceToBuild) / kGiB)};
}

} // namespace

Findings checkImage(const std::string& driver, const std::vector<host::PciFunction>& functions,
                    const host::Roots& roots) {
    const auto has = [&](const std::filesystem::path& file) {
        return std::filesystem::exists(roots.root / file);
    };
    const bool library = std::ranges::any_of(kLibraries, [&](const char* directory) {
        return has(std::filesystem::path(directory) / ("libnvidia-ml.so." + driver));
    });
    Findings findings = {
        part("the management library", driver, library),
        part("the firmware", driver,
             has("lib/firmware/nvidia/" + driver) ||
                 std::filesystem::exists(keptFirmware(roots.root) / "nvidia" / driver))};
    if (std::ranges::any_of(functions, [](const host::PciFunction& function) {
            return function.classCode >> 16U == kBridgeClass;
        })) {
        findings.push_back(part("the fabric manager, which the NVSwitches need,", driver,
                                has("usr/bin/nv-fabricmanager")));
    }
    return findings;
}

Findings checkBuilding(const std::filesystem::path& workDir, const host::Roots& roots) {
    Findings findings;
    if (!std::filesystem::exists(roots.dev / "loop-control")) {
        findings.push_back({Severity::Warning, "build", "there is no /dev/loop-control",
                            "Load the loop module, and run privileged, to build packages here."});
    }
    const auto filesystems = host::readFileIfExists(roots.proc / "filesystems").value_or("");
    if (filesystems.find("\toverlay\n") == std::string::npos) {
        findings.push_back({Severity::Warning, "build", "the kernel has no overlay file system",
                            "Load the overlay module to build packages here."});
    }
    findings.push_back(spaceFor(workDir));
    return findings;
}

} // namespace loader
