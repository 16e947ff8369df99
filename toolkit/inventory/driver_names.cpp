#include "toolkit/inventory/driver_names.h"

#include <algorithm>
#include <iterator>

namespace toolkit {

namespace {

using enum Capability;

constexpr DriverName kLibraries[] = {
    {"libnvidia-ml.so", Utility},
    {"libnvidia-cfg.so", Utility},
    {"libnvidia-nscq.so", Utility},
    {"libcuda.so", Compute},
    {"libcudadebugger.so", Compute},
    {"libnvidia-opencl.so", Compute},
    {"libnvidia-gpucomp.so", Compute},
    {"libnvidia-ptxjitcompiler.so", Compute},
    {"libnvidia-fatbinaryloader.so", Compute},
    {"libnvidia-allocator.so", Compute},
    {"libnvidia-compiler.so", Compute},
    {"libnvidia-pkcs11.so", Compute},
    {"libnvidia-pkcs11-openssl3.so", Compute},
    {"libnvidia-nvvm.so", Compute},
    {"libnvidia-tileiras.so", Compute},
    {"libnvidia-ngx.so", Ngx},
    {"libvdpau_nvidia.so", Video},
    {"libnvidia-encode.so", Video},
    {"libnvidia-opticalflow.so", Video},
    {"libnvcuvid.so", Video},
    {"libnvidia-eglcore.so", Graphics},
    {"libnvidia-glcore.so", Graphics},
    {"libnvidia-tls.so", Graphics},
    {"libnvidia-glsi.so", Graphics},
    {"libnvidia-fbc.so", Graphics},
    {"libnvidia-ifr.so", Graphics},
    {"libnvidia-rtcore.so", Graphics},
    {"libnvoptix.so", Graphics},
    // Through GLVND.
    {"libGLX_nvidia.so", Graphics},
    {"libEGL_nvidia.so", Graphics},
    {"libGLESv2_nvidia.so", Graphics},
    {"libGLESv1_CM_nvidia.so", Graphics},
    {"libnvidia-glvkspirv.so", Graphics},
    {"libnvidia-cbl.so", Graphics},
};

/// Numbers that follow have at least so many dots.
struct OwnVersion {
    std::string_view prefix;
    std::ptrdiff_t dots;
};
constexpr OwnVersion kOwnVersions[] = {
    {"libnvidia-egl-gbm.so.", 1},  {"libnvidia-egl-wayland.so.", 1},
    {"libnvidia-egl-xcb.so.", 1},  {"libnvidia-egl-wayland2.so.", 1},
    {"libnvidia-egl-xlib.so.", 1}, {"libnvidia-nvvm70.so.", 0},
    {"nvidia_drv.so", 0},
};

} // namespace

KnownName knownLibrary(std::string_view name) {
    const auto* const known = std::ranges::find(kLibraries, name, &DriverName::name);
    return {static_cast<std::size_t>(std::distance(std::begin(kLibraries), known)),
            known == std::end(kLibraries) ? std::nullopt : known->capability};
}

bool hasVersionOfItsOwn(std::string_view file) {
    return std::ranges::any_of(kOwnVersions, [file](const OwnVersion& own) {
        return file.starts_with(own.prefix) &&
               std::ranges::count(file.substr(own.prefix.size()), '.') >= own.dots;
    });
}

std::filesystem::path firmwareInContainer(const std::filesystem::path& firmware) {
    return "/lib/firmware/nvidia" / firmware.parent_path().filename() / firmware.filename();
}

} // namespace toolkit
