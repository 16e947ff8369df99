#include "gpu/gpus.h"

#include "gpu/proc_files.h"
#include "host/base/directories.h"
#include "host/base/file.h"
#include "host/base/text.h"

#include <algorithm>
#include <fmt/format.h>

namespace gpu {

namespace {

namespace fs = std::filesystem;

/// The numbers n of a directory's entries "<prefix><n>", in order; none without the directory.
std::vector<unsigned> numbered(const fs::path& directory, std::string_view prefix) {
    std::vector<unsigned> numbers;
    for (const fs::path& entry : host::entriesOf(directory)) {
        const std::string name = entry.filename();
        const auto number =
            name.starts_with(prefix)
                ? host::toNumber<unsigned>(std::string_view(name).substr(prefix.size()))
                : std::nullopt;
        if (number) {
            numbers.push_back(*number);
        }
    }
    std::ranges::sort(numbers);
    return numbers;
}

/// The instances that exist: /proc/driver/nvidia/capabilities/gpu<minor>/mig/gi<n>/ci<m>.
std::vector<MigDevice> readMigs(const fs::path& proc, unsigned minor) {
    const auto mig = proc / fmt::format("driver/nvidia/capabilities/gpu{}/mig", minor);
    std::vector<MigDevice> migs;
    for (const unsigned gpuInstance : numbered(mig, "gi")) {
        for (const unsigned computeInstance :
             numbered(mig / fmt::format("gi{}", gpuInstance), "ci")) {
            migs.push_back({.index = static_cast<unsigned>(migs.size()),
                            .gpuInstance = gpuInstance,
                            .computeInstance = computeInstance});
        }
    }
    return migs;
}

/// DRM nodes, and the links to them by address, which udev makes.
void readDrm(Gpu& gpu, const host::Roots& roots) {
    const auto directory = roots.sys / "bus/pci/devices" / gpu.address / "drm";
    for (const auto& [prefix, suffix] :
         {std::pair{"card", "card"}, std::pair{"renderD", "render"}}) {
        for (const unsigned number : numbered(directory, prefix)) {
            gpu.drmNodes.emplace_back(fmt::format("/dev/dri/{}{}", prefix, number));
        }
        const auto link = fmt::format("dri/by-path/pci-{}-{}", gpu.address, suffix);
        std::error_code missing;
        if (fs::is_symlink(roots.dev / link, missing)) {
            gpu.drmLinks.push_back("/dev" / fs::path(link));
        }
    }
}

/// Until the GPU was opened the driver knows no UUID of it, and shows none, or "GPU-????…".
std::string uuidOf(const ProcFields& fields) {
    std::string uuid = fieldOf(fields, "GPU UUID");
    return uuid.starts_with("GPU-") && uuid.find('?') == std::string::npos ? uuid : std::string{};
}

std::optional<Gpu> readGpu(const std::string& address, const host::Roots& roots) {
    const auto file = roots.proc / "driver/nvidia/gpus" / address / "information";
    const auto fields = parseProcFields(host::readFileIfExists(file).value_or(""));
    if (fields.empty() || fieldOf(fields, "GPU Excluded") == "Yes") {
        return std::nullopt;
    }
    Gpu gpu;
    gpu.address = address;
    gpu.minor = numberOf(fields, "Device Minor");
    gpu.uuid = uuidOf(fields);
    gpu.model = fieldOf(fields, "Model");
    if (gpu.minor) {
        gpu.migs = readMigs(roots.proc, *gpu.minor);
        gpu.inMigMode = !gpu.migs.empty();
    }
    readDrm(gpu, roots);
    return gpu;
}

} // namespace

std::string_view toString(Source source) {
    return source == Source::Nvml ? "nvml" : "proc";
}

std::vector<Gpu> readGpus(const host::Roots& roots) {
    std::vector<std::string> addresses;
    for (const fs::path& entry : host::entriesOf(roots.proc / "driver/nvidia/gpus")) {
        addresses.push_back(entry.filename());
    }
    // Of the same form, but for domains of more than four digits, which come last.
    std::ranges::sort(addresses, {}, [](const std::string& address) {
        return std::pair(address.size(), address);
    });
    std::vector<Gpu> gpus;
    for (const std::string& address : addresses) {
        if (auto gpu = readGpu(address, roots)) {
            gpu->index = static_cast<unsigned>(gpus.size());
            gpus.push_back(std::move(*gpu));
        }
    }
    return gpus;
}

std::vector<Gpu> completed(std::vector<Gpu> told, const std::vector<Gpu>& proc) {
    for (Gpu& gpu : told) {
        const auto known = std::ranges::find(proc, gpu.address, &Gpu::address);
        if (known == proc.end()) {
            continue;
        }
        gpu.minor = gpu.minor ? gpu.minor : known->minor;
        gpu.uuid = gpu.uuid.empty() ? known->uuid : gpu.uuid;
        gpu.model = gpu.model.empty() ? known->model : gpu.model;
        gpu.drmNodes = known->drmNodes;
        gpu.drmLinks = known->drmLinks;
    }
    return told;
}

} // namespace gpu
