/// A libnvidia-ml.so of two GPUs, the second in MIG mode with a device of index 0 and one of
/// index 2. FAKE_NVML says how it fails: "crash" or "block" in nvmlInit_v2, or "mismatch"; or that
/// the first GPU is "lost".
#include "gpu/nvml_functions.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <unistd.h>

using gpu::nvml::Device;
using gpu::nvml::PciInfo;

namespace {

constexpr int kMismatch = 18;
constexpr int kNotFound = 6;
constexpr int kLost = 15;
constexpr std::size_t kMig = 100; ///< handles of MIG devices: 100 + index

/// A handle points to one of these, its number.
char places[2 * kMig];

Device handleOf(std::size_t number) {
    return reinterpret_cast<Device>(&places[number]);
}

std::size_t numberOf(Device device) {
    return static_cast<std::size_t>(reinterpret_cast<char*>(device) - &places[0]);
}

std::string_view failure() {
    const char* const how = std::getenv("FAKE_NVML");
    return how == nullptr ? "" : how;
}

} // namespace

extern "C" {

int nvmlInit_v2() {
    const std::string_view word = failure();
    if (word == "crash") {
        ::raise(SIGSEGV);
    }
    while (word == "block") {
        ::pause();
    }
    return word == "mismatch" ? kMismatch : 0;
}

int nvmlShutdown() {
    return 0;
}

const char* nvmlErrorString(int error) {
    return error == kMismatch ? "Driver/library version mismatch"
           : error == kLost   ? "GPU is lost"
                              : "Unknown Error";
}

int nvmlSystemGetDriverVersion(char* version, unsigned length) {
    std::snprintf(version, length, "535.261.03");
    return 0;
}

int nvmlSystemGetCudaDriverVersion_v2(int* version) {
    *version = 12020;
    return 0;
}

int nvmlDeviceGetCount_v2(unsigned* count) {
    *count = 2;
    return 0;
}

int nvmlDeviceGetHandleByIndex_v2(unsigned index, Device* device) {
    *device = handleOf(index);
    return index == 0 && failure() == "lost" ? kLost : 0;
}

int nvmlDeviceGetPciInfo_v3(Device device, PciInfo* info) {
    info->domain = static_cast<unsigned>(numberOf(device));
    info->bus = 0x3b;
    return 0;
}

int nvmlDeviceGetMinorNumber(Device device, unsigned* minor) {
    *minor = 1 - static_cast<unsigned>(numberOf(device));
    return 0;
}

int nvmlDeviceGetUUID(Device device, char* uuid, unsigned length) {
    const std::size_t number = numberOf(device);
    std::snprintf(uuid, length, "%s-%zu", number < kMig ? "GPU" : "MIG", number);
    return 0;
}

int nvmlDeviceGetName(Device device, char* name, unsigned length) {
    if (numberOf(device) == 0) {
        std::memset(name, 'x', length); // no end
    } else {
        std::snprintf(name, length, "NVIDIA H100 80GB HBM3");
    }
    return 0;
}

int nvmlDeviceGetCudaComputeCapability(Device /*device*/, int* major, int* minor) {
    *major = 9;
    *minor = 0;
    return 0;
}

int nvmlDeviceGetBrand(Device device, int* brand) {
    *brand = numberOf(device) == 0 ? 99 : 14;
    return 0;
}

int nvmlDeviceGetMigMode(Device device, unsigned* current, unsigned* pending) {
    *current = numberOf(device) == 1 ? 1 : 0;
    *pending = 1;
    return 0;
}

int nvmlDeviceGetMaxMigDeviceCount(Device /*device*/, unsigned* count) {
    *count = 7;
    return 0;
}

int nvmlDeviceGetMigDeviceHandleByIndex(Device /*device*/, unsigned index, Device* mig) {
    *mig = handleOf(kMig + index);
    return index == 0 || index == 2 ? 0 : kNotFound;
}

int nvmlDeviceGetGpuInstanceId(Device mig, unsigned* id) {
    *id = static_cast<unsigned>(numberOf(mig) - kMig) + 3;
    return 0;
}

int nvmlDeviceGetComputeInstanceId(Device /*mig*/, unsigned* id) {
    *id = 0;
    return 0;
}
}
