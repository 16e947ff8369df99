#include "toolkit/inventory/library_directories.h"

#include "gpu/proc_files.h"
#include "host/linker/linker_cache.h"

#include <algorithm>

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
constexpr std::size_t kLargestCache = 16 << 20;

class Search {
  public:
    explicit Search(const host::Rooted& root) : root_(root) {}

    void add(const fs::path& directory) {
        const auto place = root_.resolve(directory);
        if (!place || std::ranges::find(found_, *place, &LibraryDirectory::path) != found_.end()) {
            return;
        }
        auto names = root_.names(*place);
        const bool hasVdpau = std::ranges::binary_search(names, "vdpau");
        found_.push_back({*place, std::move(names)});
        if (hasVdpau) {
            add(*place / "vdpau");
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
            search.add(file->parent_path());
        }
    }
    return search.take();
}

std::string driverVersionIn(const std::vector<LibraryDirectory>& directories,
                            std::string_view wanted) {
    for (const std::string_view prefix : {"libcuda.so.", "libnvidia-ml.so."}) {
        std::vector<std::string> versions;
        for (const auto& directory : directories) {
            for (const std::string& name : directory.names) {
                if (name.starts_with(prefix) && gpu::isDriverVersion(name.substr(prefix.size()))) {
                    versions.push_back(name.substr(prefix.size()));
                }
            }
        }
        if (!versions.empty()) {
            const auto found = std::ranges::find(versions, wanted);
            return found == versions.end() ? versions.front() : *found;
        }
    }
    return {};
}

} // namespace toolkit
