/// A kernel module, or the object that it is linked from, looked at before anybody loads it.
///
/// Reads an ELF file (also /proc/self/fd/N) with libelf and libkmod and says what it is; whether
/// that is right is precompile/package/module_demands.h's to say.
#pragma once

#include "host/kernel/symbol_needs.h"
#include "precompile/package/driver_source.h"

#include <array>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace precompile {

/// The driver's modules that a package can hold, in the order in which they load.
inline constexpr std::array<std::string_view, 5> kDriverModules = {
    "nvidia", "nvidia-uvm", "nvidia-modeset", "nvidia-drm", "nvidia-peermem"};

struct ModuleFile {
    std::string name;    ///< as the file is called: "nvidia-uvm"
    std::string ownName; ///< as its .modinfo has it: "nvidia_uvm"
    std::string version; ///< the driver's; empty: it does not say
    std::string vermagic;
    std::string sourceVersion;
    std::vector<std::string> depends;
    std::vector<std::string>
        repeatedKeys; ///< modinfo keys that may be there once and are there more often
    std::set<std::string, std::less<>> sections;
    int thisModules = 0;    ///< .gnu.linkonce.this_module sections
    bool retpoline = false; ///< modinfo says retpoline=Y
    host::SymbolUser symbols;
};

/// A module that can be packed.
struct FinishedModule {
    std::filesystem::path file;
    ModuleFile info;
    /// NVIDIA's part of it, in the driver's source directory; empty: it has none.
    std::filesystem::path core;
};

/// Throws host::Error when it is no ELF file or has no .modinfo.
ModuleFile inspectModule(const std::filesystem::path& file, const std::string& name);

/// The module in <name>.ko, made of `source`. Throws as inspectModule().
FinishedModule finishedModule(const std::filesystem::path& file, const DriverSource& source);

} // namespace precompile
