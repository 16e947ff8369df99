#include "gpu/nvml.h"

#include "gpu/nvml_functions.h"
#include "host/base/error.h"
#include "host/process/forked.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <dlfcn.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <type_traits>

namespace gpu {

namespace {

using nvml::Device;
using nvml::Functions;

constexpr std::size_t kMostGpus = 64;
constexpr std::size_t kMostMigs = 8;
constexpr unsigned kTextSize = 96; ///< NVML_DEVICE_UUID_V2_BUFFER_SIZE, …NAME_V2_BUFFER_SIZE
using Text = std::array<char, kTextSize>;

// What the child finds, as it travels to the parent, who believes no length in it.

struct FoundMig {
    unsigned index = 0;
    unsigned gpuInstance = 0;
    unsigned computeInstance = 0;
    Text uuid = {};
};

struct FoundGpu {
    Text failure = {}; ///< empty: the rest holds
    nvml::PciInfo pci = {};
    bool hasMinor = false;
    unsigned minor = 0;
    int capabilityMajor = 0;
    int capabilityMinor = 0;
    int brand = 0;
    bool inMigMode = false;
    Text uuid = {};
    Text name = {};
    unsigned migCount = 0;
    std::array<FoundMig, kMostMigs> migs = {};
};

struct Found {
    Text failure = {}; ///< empty: the rest holds
    Text driverVersion = {};
    int cudaVersion = 0;
    unsigned gpuCount = 0;
    std::array<FoundGpu, kMostGpus> gpus = {};
};
static_assert(std::is_trivially_copyable_v<Found>);

void set(Text& text, std::string_view value) {
    text = {};
    std::copy_n(value.begin(), std::min(value.size(), text.size() - 1), text.begin());
}

std::string textOf(const Text& text) {
    return {text.begin(), std::ranges::find(text, '\0')};
}

template <typename Function>
void find(void* library, const char* name, Function& function) {
    function = reinterpret_cast<Function>(::dlsym(library, name));
}

Functions functionsOf(void* library) {
    Functions nvml;
    find(library, "nvmlInit_v2", nvml.init);
    find(library, "nvmlShutdown", nvml.shutdown);
    find(library, "nvmlErrorString", nvml.errorString);
    find(library, "nvmlSystemGetDriverVersion", nvml.driverVersion);
    find(library, "nvmlSystemGetCudaDriverVersion_v2", nvml.cudaVersion);
    find(library, "nvmlDeviceGetCount_v2", nvml.count);
    find(library, "nvmlDeviceGetHandleByIndex_v2", nvml.handle);
    find(library, "nvmlDeviceGetPciInfo_v3", nvml.pciInfo);
    find(library, "nvmlDeviceGetMinorNumber", nvml.minor);
    find(library, "nvmlDeviceGetUUID", nvml.uuid);
    find(library, "nvmlDeviceGetName", nvml.name);
    find(library, "nvmlDeviceGetCudaComputeCapability", nvml.computeCapability);
    find(library, "nvmlDeviceGetBrand", nvml.brand);
    find(library, "nvmlDeviceGetMigMode", nvml.migMode);
    find(library, "nvmlDeviceGetMaxMigDeviceCount", nvml.mostMigDevices);
    find(library, "nvmlDeviceGetMigDeviceHandleByIndex", nvml.migHandle);
    find(library, "nvmlDeviceGetGpuInstanceId", nvml.gpuInstance);
    find(library, "nvmlDeviceGetComputeInstanceId", nvml.computeInstance);
    return nvml;
}

/// True when the library has the function and it succeeds.
template <typename Function, typename... Arguments>
bool told(Function function, Arguments... arguments) {
    return function != nullptr && function(arguments...) == nvml::kSuccess;
}

/// Throws host::Error with the library's own words.
template <typename Function, typename... Arguments>
void require(const Functions& nvml, const char* what, Function function, Arguments... arguments) {
    const int error = function == nullptr ? -1 : function(arguments...);
    if (error != nvml::kSuccess) {
        throw host::Error(fmt::format("{}: {}", what,
                                      function == nullptr           ? "no such function"
                                      : nvml.errorString == nullptr ? std::to_string(error)
                                                                    : nvml.errorString(error)));
    }
}

class Session {
  public:
    explicit Session(const Functions& nvml) : nvml_(nvml) {
        require(nvml, "nvmlInit_v2", nvml.init);
    }
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    Session(Session&&) = delete;
    Session& operator=(Session&&) = delete;
    ~Session() { told(nvml_.shutdown); }

  private:
    const Functions& nvml_;
};

void askMigs(const Functions& nvml, Device device, FoundGpu& gpu) {
    unsigned current = 0;
    unsigned pending = 0;
    unsigned most = 0;
    gpu.inMigMode = told(nvml.migMode, device, &current, &pending) && current == nvml::kMigEnabled;
    if (!gpu.inMigMode || !told(nvml.mostMigDevices, device, &most)) {
        return;
    }
    for (unsigned index = 0; index < most && gpu.migCount < kMostMigs; ++index) {
        Device handle = nullptr;
        if (told(nvml.migHandle, device, index, &handle)) { // else a gap: none has that index
            FoundMig& mig = gpu.migs.at(gpu.migCount);
            mig.index = index;
            if (told(nvml.gpuInstance, handle, &mig.gpuInstance) &&
                told(nvml.computeInstance, handle, &mig.computeInstance)) {
                told(nvml.uuid, handle, mig.uuid.data(), kTextSize);
                ++gpu.migCount;
            }
        }
    }
}

void askGpu(const Functions& nvml, unsigned index, FoundGpu& gpu) {
    Device device = nullptr;
    require(nvml, "nvmlDeviceGetHandleByIndex_v2", nvml.handle, index, &device);
    require(nvml, "nvmlDeviceGetPciInfo_v3", nvml.pciInfo, device, &gpu.pci);
    gpu.hasMinor = told(nvml.minor, device, &gpu.minor);
    told(nvml.uuid, device, gpu.uuid.data(), kTextSize);
    told(nvml.name, device, gpu.name.data(), kTextSize);
    told(nvml.computeCapability, device, &gpu.capabilityMajor, &gpu.capabilityMinor);
    told(nvml.brand, device, &gpu.brand);
    askMigs(nvml, device, gpu);
}

void ask(const std::filesystem::path& library, Found& found) {
    void* const opened = ::dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (opened == nullptr) {
        throw host::Error(::dlerror());
    }
    const Functions nvml = functionsOf(opened);
    const Session session(nvml);
    told(nvml.driverVersion, found.driverVersion.data(), kTextSize);
    told(nvml.cudaVersion, &found.cudaVersion);
    unsigned count = 0;
    require(nvml, "nvmlDeviceGetCount_v2", nvml.count, &count);
    for (; found.gpuCount < std::min<std::size_t>(count, kMostGpus); ++found.gpuCount) {
        FoundGpu& gpu = found.gpus.at(found.gpuCount);
        try {
            askGpu(nvml, found.gpuCount, gpu);
        } catch (const host::Error& error) {
            set(gpu.failure, error.what());
        }
    }
}

std::string bytesOfAnswer(const std::filesystem::path& library) {
    Found found;
    try {
        ask(library, found);
    } catch (const host::Error& error) {
        set(found.failure, error.what());
    }
    return {reinterpret_cast<const char*>(&found), sizeof found};
}

/// nvmlBrandType_t, as NVIDIA_REQUIRE_… of container images name it.
std::string brandName(int brand) {
    constexpr const char* kBrands[] = {
        "unknown",   "quadro",      "tesla",     "nvs",        "grid",      "geforce",
        "titan",     "nvidiavapps", "nvidiavpc", "nvidiavcs",  "nvidiavws", "nvidiacloudgaming",
        "quadrortx", "nvidiartx",   "nvidia",    "geforcertx", "titanrtx"};
    return brand >= 0 && static_cast<std::size_t>(brand) < std::size(kBrands) ? kBrands[brand]
                                                                              : "unknown";
}

Gpu gpuOf(const FoundGpu& found, unsigned index) {
    Gpu gpu;
    gpu.index = index;
    gpu.address =
        fmt::format("{:04x}:{:02x}:{:02x}.0", found.pci.domain, found.pci.bus, found.pci.device);
    gpu.minor = found.hasMinor ? std::optional(found.minor) : std::nullopt;
    gpu.uuid = textOf(found.uuid);
    gpu.model = textOf(found.name);
    gpu.architecture = found.capabilityMajor == 0
                           ? ""
                           : fmt::format("{}.{}", found.capabilityMajor, found.capabilityMinor);
    gpu.brand = brandName(found.brand);
    gpu.inMigMode = found.inMigMode;
    for (unsigned mig = 0; mig < std::min<std::size_t>(found.migCount, kMostMigs); ++mig) {
        const FoundMig& device = found.migs.at(mig);
        gpu.migs.push_back({.index = device.index,
                            .uuid = textOf(device.uuid),
                            .gpuInstance = device.gpuInstance,
                            .computeInstance = device.computeInstance});
    }
    return gpu;
}

NvmlAnswer answerOf(const Found& found) {
    constexpr int kMajor = 1000;
    constexpr int kMinor = 10;
    NvmlAnswer answer;
    answer.driverVersion = textOf(found.driverVersion);
    if (found.cudaVersion > 0) {
        answer.cudaVersion =
            fmt::format("{}.{}", found.cudaVersion / kMajor, found.cudaVersion % kMajor / kMinor);
    }
    for (unsigned index = 0; index < std::min<std::size_t>(found.gpuCount, kMostGpus); ++index) {
        const FoundGpu& gpu = found.gpus.at(index);
        if (const std::string failure = textOf(gpu.failure); !failure.empty()) {
            answer.lostGpus.push_back(
                fmt::format("NVML does not answer for GPU {}: {}", index, failure));
        } else {
            answer.gpus.push_back(gpuOf(gpu, index));
        }
    }
    return answer;
}

} // namespace

NvmlAnswer askNvml(const host::Rooted& root, const std::filesystem::path& library,
                   std::chrono::milliseconds limit) {
    return host::context("NVML does not answer", [&] {
        const host::Fd file = root.open(library, O_RDONLY);
        const std::string bytes = host::answerOfChild(
            [&] { return bytesOfAnswer(file.procPath()); }, limit, {file.get()});
        Found found;
        if (bytes.size() != sizeof found) {
            throw host::Error("its answer is cut off");
        }
        std::memcpy(&found, bytes.data(), sizeof found);
        if (const std::string failure = textOf(found.failure); !failure.empty()) {
            throw host::Error(failure);
        }
        return answerOf(found);
    });
}

} // namespace gpu
