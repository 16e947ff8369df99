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

#include <fmt/format.h>

namespace toolkit {

namespace {

namespace fs = std::filesystem;

/// A driver root that was looked into.
struct DriverRoot {
    host::Rooted root;
    std::vector<LibraryDirectory> directories;
    std::string version; ///< empty: no driver is there
};

DriverRoot lookInto(const fs::path& directory, const std::string& moduleVersion) {
    host::Rooted root(directory);
    auto directories = libraryDirectories(root);
    auto version = driverVersionIn(directories, moduleVersion);
    return {std::move(root), std::move(directories), std::move(version)};
}

DriverRoot findDriverRoot(const fs::path& given, const host::Roots& roots,
                          const std::string& moduleVersion) {
    if (!given.empty()) {
        DriverRoot found = lookInto(given, moduleVersion);
        if (found.version.empty()) {
            throw host::Error(
                fmt::format("the driver root {} has no driver: neither libcuda.so nor "
                            "libnvidia-ml.so of any version",
                            given.string()),
                "Name the directory that shows the driver's userspace with "
                "{driver-root}.");
        }
        return found;
    }
    const fs::path container = roots.run / "nvidia/driver";
    if (fs::is_directory(container)) {
        if (DriverRoot found = lookInto(container, moduleVersion); !found.version.empty()) {
            return found;
        }
    }
    return lookInto(roots.root, moduleVersion);
}

} // namespace

Inventory collect(const InventorySettings& settings, const host::Roots& roots,
                  const NodeTest& isNode) {
    Inventory inventory;
    inventory.bootId = host::bootId(roots.proc);
    inventory.moduleVersion = gpu::parseModuleVersion(
        host::readFileIfExists(roots.proc / "driver/nvidia/version").value_or(""));
    const DriverRoot driver = findDriverRoot(settings.driverRoot, roots, inventory.moduleVersion);
    inventory.driverRoot = driver.root.path();
    inventory.devRoot = roots.dev.parent_path();
    inventory.driverVersion = driver.version;
    inventory.cudaVersion = cudaVersionOf(driver.version);
    inventory.gpus = gpu::readGpus(roots);
    findNodes(inventory, roots, isNode);
    inventory.binaries = findBinaries(driver.root);
    inventory.sockets = findSockets(driver.root, settings.mpsPipes);
    inventory.configFiles = findConfigFiles(driver.root);
    if (!driver.version.empty()) {
        inventory.libraries = findLibraries(driver.root, driver.directories, driver.version);
        inventory.firmware = findFirmware(driver.root, driver.version, roots);
    }
    return inventory;
}

} // namespace toolkit
