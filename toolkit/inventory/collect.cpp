#include "toolkit/inventory/collect.h"

#include "gpu/gpus.h"
#include "gpu/proc_files.h"
#include "host/base/error.h"
#include "host/base/file.h"
#include "host/process/process_identity.h"
#include "toolkit/inventory/cuda_version.h"
#include "toolkit/inventory/driver_files.h"
#include "toolkit/inventory/libraries.h"
#include "toolkit/inventory/library_directories.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace toolkit {

namespace {

namespace fs = std::filesystem;

/// A driver root that was looked into.
struct DriverRoot {
    host::Rooted root;
    std::vector<LibraryDirectory> directories;
    std::string version; ///< empty: no library tells one
};

DriverRoot lookInto(const fs::path& directory, const std::string& moduleVersion) {
    host::Rooted root(directory);
    auto directories = libraryDirectories(root);
    auto version = driverVersionIn(directories, moduleVersion);
    return {std::move(root), std::move(directories), std::move(version)};
}

/// Which counts when it has a driver.
fs::path driverContainersRoot(const host::Roots& roots) {
    return roots.run / "nvidia/driver";
}

DriverRoot findDriverRoot(const fs::path& given, const host::Roots& roots,
                          const std::string& moduleVersion) {
    if (!given.empty()) {
        return lookInto(given, moduleVersion);
    }
    const fs::path container = driverContainersRoot(roots);
    std::error_code missing;
    if (fs::is_directory(container, missing)) {
        if (DriverRoot found = lookInto(container, moduleVersion); !found.version.empty()) {
            return found;
        }
    }
    return lookInto(roots.root, moduleVersion);
}

void askNvml(Inventory& inventory, const host::Rooted& root, const NvmlQuestion& nvml) {
    if (!nvml) {
        inventory.nvmlFailure = "NVML was not asked";
        return;
    }
    const auto library = std::ranges::find_if(inventory.libraries, [](const Library& candidate) {
        return !candidate.is32Bit &&
               candidate.path.filename().native().starts_with("libnvidia-ml.so.");
    });
    if (library == inventory.libraries.end()) {
        inventory.nvmlFailure = "the driver root has no libnvidia-ml.so";
        return;
    }
    try {
        const gpu::NvmlAnswer answer = nvml(root, library->path);
        inventory.cudaVersion =
            answer.cudaVersion.empty() ? inventory.cudaVersion : answer.cudaVersion;
        inventory.nvmlFailure = fmt::format("{}", fmt::join(answer.lostGpus, "; "));
        if (answer.gpus.empty() && !inventory.gpus.empty()) { // it counts those that come up only
            inventory.nvmlFailure =
                answer.lostGpus.empty() ? "NVML finds no GPU that works" : inventory.nvmlFailure;
            return;
        }
        inventory.source = gpu::Source::Nvml;
        inventory.gpus = gpu::completed(answer.gpus, inventory.gpus);
    } catch (const host::Error& error) {
        inventory.nvmlFailure = error.what();
    }
}

} // namespace

Inventory collect(const InventorySettings& settings, const host::Roots& roots,
                  const Witnesses& witnesses) {
    Inventory inventory;
    inventory.bootId = host::bootId(roots.proc);
    inventory.moduleVersion = gpu::parseModuleVersion(
        host::readFileIfExists(roots.proc / "driver/nvidia/version").value_or(""));
    const DriverRoot driver = findDriverRoot(settings.driverRoot, roots, inventory.moduleVersion);
    inventory.driverRoot = driver.root.path();
    inventory.devRoot = roots.dev.parent_path();
    inventory.driverVersion = driver.version.empty() ? inventory.moduleVersion : driver.version;
    inventory.cudaVersion = cudaVersionOf(inventory.driverVersion);
    inventory.binaries = findBinaries(driver.root);
    inventory.sockets = findSockets(driver.root, settings.mpsPipes);
    inventory.configFiles = findConfigFiles(driver.root);
    if (!inventory.driverVersion.empty()) {
        inventory.libraries =
            findLibraries(driver.root, driver.directories, inventory.driverVersion);
        inventory.firmware = findFirmware(driver.root, inventory.driverVersion, roots);
    }
    inventory.gpus = gpu::readGpus(roots);
    if (!inventory.moduleVersion.empty()) { // or NVML would have the module loaded
        askNvml(inventory, driver.root, witnesses.nvml);
    }
    findNodes(inventory, roots, witnesses.isNode);
    return inventory;
}

std::vector<fs::path> socketsToWatch(const InventorySettings& settings, const host::Roots& roots) {
    if (!settings.driverRoot.empty()) {
        return socketPlaces(settings.driverRoot, settings.mpsPipes);
    }
    auto sockets = socketPlaces(driverContainersRoot(roots), settings.mpsPipes);
    const auto others = socketPlaces(roots.root, settings.mpsPipes);
    sockets.insert(sockets.end(), others.begin(), others.end());
    return sockets;
}

} // namespace toolkit
