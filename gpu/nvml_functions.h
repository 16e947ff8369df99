/// The functions of libnvidia-ml.so that are called: private to nvml.cpp and tests.
///
/// Declared after nvml.h of CUDA 12.2 (NVML 12.535). The names are of versions that drivers since
/// 450 have; what an older one lacks is null. A function answers 0, or an error's number.
#pragma once

namespace gpu::nvml {

struct DeviceObject;
using Device = DeviceObject*;

/// nvmlPciInfo_t of nvmlDeviceGetPciInfo_v3.
struct PciInfo {
    char legacyBusId[16];
    unsigned domain;
    unsigned bus;
    unsigned device;
    unsigned deviceId;
    unsigned subsystemId;
    char busId[32];
};

inline constexpr int kSuccess = 0;
inline constexpr unsigned kMigEnabled = 1; ///< NVML_DEVICE_MIG_ENABLE

struct Functions {
    int (*init)() = nullptr;
    int (*shutdown)() = nullptr;
    const char* (*errorString)(int error) = nullptr;
    int (*driverVersion)(char* version, unsigned length) = nullptr;
    int (*cudaVersion)(int* version) = nullptr; ///< 12020
    int (*count)(unsigned* count) = nullptr;
    int (*handle)(unsigned index, Device* device) = nullptr;
    int (*pciInfo)(Device device, PciInfo* info) = nullptr;
    int (*minor)(Device device, unsigned* minor) = nullptr;
    int (*uuid)(Device device, char* uuid, unsigned length) = nullptr;
    int (*name)(Device device, char* name, unsigned length) = nullptr;
    int (*computeCapability)(Device device, int* major, int* minor) = nullptr;
    int (*brand)(Device device, int* brand) = nullptr;
    int (*migMode)(Device device, unsigned* current, unsigned* pending) = nullptr;
    int (*mostMigDevices)(Device device, unsigned* count) = nullptr;
    int (*migHandle)(Device device, unsigned index, Device* mig) = nullptr;
    int (*gpuInstance)(Device mig, unsigned* id) = nullptr;
    int (*computeInstance)(Device mig, unsigned* id) = nullptr;
};

} // namespace gpu::nvml
