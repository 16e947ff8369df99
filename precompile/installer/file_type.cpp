#include "precompile/installer/file_type.h"

#include <algorithm>
#include <iterator>

namespace precompile {

namespace {

using enum TypeWords;

/// After nvidia-installer 361 to 590. What is left out is the installer's own, for machines with a
/// screen, of libraries that distributions have themselves (libglvnd, OpenCL's), or part of the
/// kernel sources, which are placed whole.
constexpr FileType kTypes[] = {
    // Libraries
    {"CUDA_LIB", ArchitecturePath, "<lib>/<path>"},
    {"CUDA_SYMLINK", ArchitecturePath, "<lib>/<path>"},
    {"ENCODEAPI_LIB", Architecture, "<lib>"},
    {"ENCODEAPI_LIB_SYMLINK", Architecture, "<lib>"},
    {"FLEXERA_LIB", Path, "<lib>/<path>"},
    {"FLEXERA_LIB_SYMLINK", Path, "<lib>/<path>"},
    {"GBM_BACKEND_LIB", Architecture, "<lib>/gbm"},
    {"GBM_BACKEND_LIB_SYMLINK", Architecture, "<lib>/gbm", "<lib>"},
    {"GRID_LIB", Path, "<lib>/<path>"},
    {"GRID_LIB_SYMLINK", Path, "<lib>/<path>"},
    {"NVCUVID_LIB", Architecture, "<lib>"},
    {"NVCUVID_LIB_SYMLINK", Architecture, "<lib>"},
    {"NVIFR_LIB", Architecture, "<lib>"},
    {"NVIFR_LIB_SYMLINK", Architecture, "<lib>"},
    {"OPENCL_LIB", ArchitecturePath, "<lib>/<path>"},
    {"OPENCL_LIB_SYMLINK", ArchitecturePath, "<lib>/<path>"},
    {"OPENGL_LIB", Architecture, "<lib>"},
    {"OPENGL_SYMLINK", Architecture, "<lib>"},
    {"TLS_LIB", ArchitecturePath, "<lib>"},
    {"UTILITY_LIB", Architecture, "<lib>"},
    {"UTILITY_LIB_SYMLINK", Architecture, "<lib>"},
    {"VDPAU_LIB", ArchitecturePath, "<lib>/<path>"},
    {"VDPAU_SYMLINK", ArchitecturePath, "<lib>/<path>"},
    {"VGX_LIB", None, "<lib>"},
    {"VGX_LIB_SYMLINK", None, "<lib>"},
    {"INTERNAL_UTILITY_BINARY", Architecture, "usr/lib/nvidia"},
    {"INTERNAL_UTILITY_DATA", None, "usr/lib/nvidia"},
    {"INTERNAL_UTILITY_LIB", Architecture, "usr/lib/nvidia"},
    {"WINE_LIB", Architecture, "usr/lib/nvidia/wine"},
    // Programs, firmware, data
    {"UTILITY_BINARY", None, "usr/bin"},
    {"UTILITY_BIN_SYMLINK", None, "usr/bin"},
    {"FIRMWARE", InheritedPath, "<firmware>/<path>"},
    {"APPLICATION_PROFILE", Path, "usr/share/nvidia"},
    {"CUDA_ICD", None, "etc/OpenCL/vendors"},
    {"EGL_EXTERNAL_PLATFORM_JSON", None, "usr/share/egl/egl_external_platform.d"},
    {"EXPLICIT_PATH", Path, "<path>"},
    {"GLVND_EGL_ICD_JSON", None, "usr/share/glvnd/egl_vendor.d"},
    {"OPENGL_DATA", Path, "<path>"},
    {"SANDBOXUTILS_FILELIST_JSON", Path, "usr/share/nvidia/files.d"},
    {"VULKANSC_ICD_JSON", Path, "etc/vulkansc/<path>"},
    {"VULKAN_ICD_JSON", Path, "etc/vulkan/<path>"},
    // Left out
    {"DKMS_CONF", InheritedPath},
    {"DOCUMENTATION", Path},
    {"DOT_DESKTOP", Path},
    {"EGL_CLIENT_LIB", Architecture},
    {"EGL_CLIENT_SYMLINK", Architecture},
    {"GLVND_LIB", Architecture},
    {"GLVND_SYMLINK", Architecture},
    {"GLX_CLIENT_LIB", Architecture},
    {"GLX_CLIENT_SYMLINK", Architecture},
    {"GLX_MODULE_SHARED_LIB", Path},
    {"GLX_MODULE_SYMLINK", Path},
    {"ICON", Path},
    {"INSTALLER_BINARY", None},
    {"KERNEL_MODULE", None},
    {"KERNEL_MODULE_SRC", InheritedPath},
    {"LIBGL_LA", Architecture},
    {"MANPAGE", Path},
    {"MODULE_SIGNING_KEY", None},
    {"NVIDIA_MODPROBE", Path},
    {"NVIDIA_MODPROBE_MANPAGE", Path},
    {"OPENCL_WRAPPER_LIB", ArchitecturePath},
    {"OPENCL_WRAPPER_SYMLINK", ArchitecturePath},
    {"OPENGL_HEADER", Path},
    {"SYSTEMD_SLEEP_SCRIPT", None},
    {"SYSTEMD_UNIT", None},
    {"SYSTEMD_UNIT_SYMLINK", Path},
    {"TLS_SYMLINK", ArchitecturePath},
    {"XMODULE_NEWSYM", Path},
    {"XMODULE_SHARED_LIB", Path},
    {"XMODULE_SYMLINK", Path},
    {"XORG_OUTPUTCLASS_CONFIG", None},
};

} // namespace

const FileType* findFileType(std::string_view name) {
    const auto* const found = std::ranges::find(kTypes, name, &FileType::name);
    return found == std::end(kTypes) ? nullptr : found;
}

} // namespace precompile
