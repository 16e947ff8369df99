/// A tree of driver sources as it occurs on machines and in images, recognised by what it holds.
///
/// One driver and flavour each: a directory with Makefile, Kbuild and the interfaces of the
/// modules, two of them with NVIDIA's prebuilt core. Reads only; where nothing can be read, nothing
/// is there.
#pragma once

#include "precompile/package/driver_source.h"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace precompile {

enum class Layout {
    Installer,  ///< nvidia-V/{kernel,kernel-open}: NVIDIA's installer, and driver images
    Flat,       ///< nvidia-V/{Makefile,Kbuild,nvidia,…}: .run --dkms, Ubuntu, RPM packages
    Debian,     ///< the same as nvidia-current-V, nvidia-tesla-470-V, or modules/nvidia-kernel
    RunFile,    ///< NVIDIA-Linux-x86_64-V/{kernel,kernel-open}: an unpacked .run file
    Repository, ///< NVIDIA's repository of the open modules; its make puts the cores there
};

std::string_view toString(Layout layout);

struct DriverTree {
    DriverSource source;
    Layout layout = Layout::Installer;
    std::vector<std::string> missing; ///< files below source.directory; empty: it is complete
};

/// The trees that `directory` itself makes up: none, or up to one of each flavour. The version is
/// what Kbuild says, else what the directory's name says.
std::vector<DriverTree> driverTreesOf(const std::filesystem::path& directory);

/// Whether the directory's name says that it holds a driver: nvidia-535.261.03.
bool isNamedAfterDriver(const std::filesystem::path& directory);

} // namespace precompile
