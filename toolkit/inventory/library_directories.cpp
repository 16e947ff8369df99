#include "toolkit/inventory/library_directories.h"

#include "gpu/proc_files.h"
#include "host/linker/linker_cache.h"

#include <algorithm>
#include <map>

namespace toolkit {

namespace {

namespace fs = std::filesystem;

constexpr const char* kDirectories[] = {
    "/",
    "/usr/lib64",
    "/usr/lib/x86_64-linux-gnu",
    "/usr/lib/x86_64-linux-gnu/nvidia/current",
    "/usr/lib/aarch64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu/nvidia/current",
    "/lib64",
    "/lib/x86_64-linux-gnu",
    "/lib/aarch64-linux-gnu",
    // 32-bit ones.
    "/usr/lib/i386-linux-gnu",
    "/usr/lib/i386-linux-gnu/nvidia/current",
    "/usr/lib/arm-linux-gnueabihf",
    "/usr/lib32",
    "/usr/lib",
    "/lib32",
    "/lib/i386-linux-gnu",
    "/lib",
    // Modules of the X server.
    "/usr/lib/xorg/modules/drivers",
    "/usr/lib/xorg/modules/extensions",
    "/usr/lib64/xorg/modules/drivers",
    "/usr/lib64/xorg/modules/extensions",
};
/// Files which every driver of the last ten years has: what ldconfig knows of it.
constexpr std::string_view kDriverLibraries[] = {"libcuda.so.", "libnvidia-"};
/// Those that tell the driver's version, the better one first.
constexpr std::string_view kVersionLibraries[] = {"libcuda.so.", "libnvidia-ml.so."};
constexpr std::size_t kLargestCache = 16 << 20;

class Search {
  public:
    explicit Search(const host::Rooted& root) : root_(root) {}

    void add(const fs::path& directory) {
        if (const auto place = root_.resolve(directory)) {
            addResolved(*place);
        }
    }

    /// One whose path has no links.
    void addResolved(const fs::path& place) {
        if (std::ranges::find(found_, place, &LibraryDirectory::path) != found_.end()) {
            return;
        }
        auto names = root_.names(place);
        const bool hasVdpau = std::ranges::binary_search(names, "vdpau");
        found_.push_back({place, std::move(names)});
        if (hasVdpau) {
            add(place / "vdpau");
        }
    }

    [[nodiscard]] std::vector<LibraryDirectory> take() { return std::move(found_); }

  private:
    const host::Rooted& root_;
    std::vector<LibraryDirectory> found_;
};

bool isDrivers(std::string_view path) {
    const auto name = path.substr(path.rfind('/') + 1);
    return std::ranges::any_of(kDriverLibraries,
                               [&](std::string_view prefix) { return name.starts_with(prefix); });
}

} // namespace

std::vector<LibraryDirectory> libraryDirectories(const host::Rooted& root) {
    Search search(root);
    for (const char* directory : kDirectories) {
        search.add(directory);
    }
    const std::string cache = root.read("/etc/ld.so.cache", kLargestCache).value_or("");
    for (const std::string_view library : host::librariesOfLinkerCache(cache)) {
        if (const auto file = isDrivers(library) ? root.resolve(library) : std::nullopt) {
            search.addResolved(file->parent_path());
        }
    }
    return search.take();
}

std::string driverVersionIn(const std::vector<LibraryDirectory>& directories,
                            const std::string& wanted) {
    const std::string library = ".so." + wanted;
    std::map<std::string_view, std::string> versions; ///< the first of each library
    for (const auto& directory : directories) {
        for (const std::string_view name : directory.names) {
            if (!wanted.empty() && name.ends_with(library)) {
                return wanted;
            }
            for (const std::string_view prefix : kVersionLibraries) {
                const auto version = name.substr(std::min(prefix.size(), name.size()));
                if (name.starts_with(prefix) && gpu::isDriverVersion(version)) {
                    versions.emplace(prefix, version);
                }
            }
        }
    }
    for (const std::string_view prefix : kVersionLibraries) {
        if (const auto version = versions.find(prefix); version != versions.end()) {
            return version->second;
        }
    }
    return {};
}

} // namespace toolkit
