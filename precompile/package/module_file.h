/// A finished kernel module, looked at before anybody loads it.
///
/// inspectModule() reads an ELF file (also /proc/self/fd/N) with libelf and says what it is;
/// problemsOf() is the pure verdict.
#pragma once

#include "precompile/package/driver_source.h"

#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace precompile {

struct ModuleFile {
    std::string name;
    std::string vermagic;
    std::string sourceVersion;
    std::vector<std::string> depends;
    std::vector<std::string>
        repeatedKeys; ///< modinfo keys that may be there once and are there more often
    std::set<std::string, std::less<>> sections;
    int thisModules = 0;    ///< .gnu.linkonce.this_module sections
    bool retpoline = false; ///< modinfo says retpoline=Y
};

/// A module that can be packed.
struct FinishedModule {
    std::string name; ///< "nvidia-uvm"
    std::filesystem::path file;
    ModuleFile info;
    /// NVIDIA's part of it, in the driver's source directory; empty: it has none.
    std::filesystem::path core;
};

/// What the kernel's configuration asks of every module.
struct KernelDemands {
    std::string release;
    bool retpoline = false; ///< CONFIG_RETPOLINE, since 6.9 CONFIG_MITIGATION_RETPOLINE
    bool orcUnwind = false; ///< CONFIG_UNWINDER_ORC: section .orc_unwind
    bool returnSites =
        false; ///< CONFIG_RETHUNK, since 6.9 CONFIG_MITIGATION_RETHUNK: section .return_sites
    bool ibt = false; ///< CONFIG_X86_KERNEL_IBT: objtool runs on the module with NVIDIA's core
};

/// Throws host::Error when it is no ELF file or has no .modinfo.
ModuleFile inspectModule(const std::filesystem::path& file);

/// The module in <name>.ko, made of `source`. Throws as inspectModule().
FinishedModule finishedModule(const std::filesystem::path& file, const DriverSource& source);

/// From the text of the kernel's .config.
KernelDemands demandsOf(std::string_view release, std::string_view config);

/// Every reason why the kernel would refuse the module or run it unsafely; empty: none.
std::vector<std::string> problemsOf(const ModuleFile& module, const KernelDemands& demands);

} // namespace precompile
