#include "toolkit/inventory/driver_files.h"

#include "host/base/file.h"
#include "toolkit/inventory/driver_names.h"
#include "toolkit/inventory/once.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace toolkit {

namespace {

namespace fs = std::filesystem;

constexpr const char* kBinaryDirectories[] = {"/usr/local/sbin", "/usr/local/bin", "/usr/sbin",
                                              "/usr/bin",        "/sbin",          "/bin"};

/// Without links, those that are there, each once.
std::vector<fs::path> resolved(const host::Rooted& root, const std::vector<fs::path>& paths) {
    std::vector<fs::path> found;
    for (const fs::path& path : paths) {
        if (auto place = root.resolve(path)) {
            addOnce(found, *place);
        }
    }
    return found;
}

/// The first of `paths` that is there.
std::optional<fs::path> firstOf(const host::Rooted& root, const std::vector<fs::path>& paths) {
    for (const fs::path& path : paths) {
        if (auto place = root.resolve(path)) {
            return place;
        }
    }
    return std::nullopt;
}

/// What lies there itself: no link in the last component is followed, because who may write to a
/// daemon's directory, or to /tmp, shall not choose what containers get.
std::optional<struct stat> statusOf(const host::Rooted& root, const fs::path& path) {
    const host::Fd file = root.openIfThere(path, O_PATH | O_NOFOLLOW);
    struct stat status {};
    return file && ::fstat(file.get(), &status) == 0 ? std::optional(status) : std::nullopt;
}

bool isLink(const host::Rooted& root, const fs::path& path) {
    const auto status = statusOf(root, path);
    return status && S_ISLNK(status->st_mode);
}

/// Anybody can make a directory in /tmp: whose is it?
bool isTrustedDirectory(const host::Rooted& root, const fs::path& path) {
    const auto status = statusOf(root, path);
    return status && S_ISDIR(status->st_mode) &&
           (status->st_uid == 0 || status->st_uid == ::geteuid());
}

/// Where the kernel looks, the path that can be set last: it may be any, on the host.
/// `release` is the running kernel's.
std::vector<fs::path> firmwareDirectories(const host::Rooted& root, const host::Roots& roots) {
    const std::string release =
        host::readLineIfExists(roots.proc / "sys/kernel/osrelease").value_or("");
    std::vector<fs::path> directories = {"/lib/firmware", "/firmware"};
    if (!release.empty()) {
        directories.push_back("/lib/firmware/updates/" + release);
        directories.push_back("/lib/firmware/" + release);
    }
    directories.emplace_back("/lib/firmware/updates");
    const fs::path set =
        host::readLineIfExists(roots.sys / "module/firmware_class/parameters/path").value_or("");
    if (!set.empty()) {
        const fs::path below = set.lexically_relative(root.path());
        const bool isBelow = !below.empty() && *below.begin() != "..";
        directories.push_back(isBelow ? "/" / below : set);
    }
    return directories;
}

} // namespace

std::vector<Binary> findBinaries(const host::Rooted& root) {
    const auto directories =
        resolved(root, {std::begin(kBinaryDirectories), std::end(kBinaryDirectories)});
    std::vector<Binary> binaries;
    for (const DriverName& binary : kBinaries) {
        for (const fs::path& directory : directories) {
            const fs::path named = directory / binary.name;
            if (auto place = root.resolve(named)) {
                binaries.push_back({{std::move(*place), binary.capability}, named});
                break;
            }
        }
    }
    return binaries;
}

std::vector<fs::path> socketPlaces(const fs::path& driverRoot, const fs::path& mpsPipes) {
    std::vector<fs::path> places = {driverRoot / mpsPipes.relative_path()};
    for (const DriverName& socket : kSockets) {
        for (const char* directory : {"run", "var/run"}) {
            places.push_back(driverRoot / directory / socket.name);
        }
    }
    return places;
}

std::vector<DriverFile> findSockets(const host::Rooted& root, const fs::path& mpsPipes) {
    std::vector<DriverFile> sockets;
    for (const DriverName& socket : kSockets) {
        std::vector<fs::path> places = {fs::path("/run") / socket.name,
                                        fs::path("/var/run") / socket.name};
        std::erase_if(places, [&](const fs::path& place) { return isLink(root, place); });
        if (auto place = firstOf(root, places)) {
            sockets.push_back({std::move(*place), socket.capability});
        }
    }
    if (auto place = isTrustedDirectory(root, mpsPipes) ? root.resolve(mpsPipes) : std::nullopt) {
        sockets.push_back({std::move(*place), Capability::Compute});
    }
    return sockets;
}

std::vector<ConfigFile> findConfigFiles(const host::Rooted& root) {
    std::vector<ConfigFile> files;
    for (const ConfigName& config : kConfigs) {
        std::vector<fs::path> places = {fs::path("/etc") / config.name,
                                        fs::path("/usr/share") / config.name};
        if (config.name.starts_with("vulkan/")) {
            places.push_back(fs::path("/") / config.name); // as on Google's container system
        }
        if (auto place = firstOf(root, places)) {
            files.push_back({std::move(*place), fs::path(config.container) / config.name});
        }
    }
    return files;
}

std::vector<fs::path> findFirmware(const host::Rooted& root, const std::string& version,
                                   const host::Roots& roots) {
    std::vector<fs::path> firmware;
    for (const fs::path& directory : firmwareDirectories(root, roots)) {
        const fs::path versions = directory / "nvidia" / version;
        for (const std::string& name : root.names(versions)) {
            if (name.starts_with("gsp") && name.ends_with(".bin")) {
                for (const fs::path& place : resolved(root, {versions / name})) {
                    addOnce(firmware, place);
                }
            }
        }
    }
    return firmware;
}

} // namespace toolkit
