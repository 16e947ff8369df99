/// What the finished modules of a package have to be: the driver's that they are said to be, and
/// such that their kernel can load them, one after the other.
///
/// One verdict for what was compiled, linked from NVIDIA's mkprecompiled, or packed by somebody
/// else. Which symbols the kernel exports is known from its Module.symvers; without that, from the
/// CRCs in the modules, which a kernel with CONFIG_MODVERSIONS has put there for every symbol that
/// it knew. Of a kernel with neither nothing is said about symbols that no module exports.
#pragma once

#include "precompile/package/module_file.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace precompile {

/// What the kernel's configuration asks of every module.
struct KernelDemands {
    std::string release;
    bool retpoline = false; ///< CONFIG_RETPOLINE, since 6.9 CONFIG_MITIGATION_RETPOLINE
    bool orcUnwind = false; ///< CONFIG_UNWINDER_ORC: section .orc_unwind
    bool returnSites =
        false; ///< CONFIG_RETHUNK, since 6.9 CONFIG_MITIGATION_RETHUNK: section .return_sites
    bool ibt = false; ///< CONFIG_X86_KERNEL_IBT: objtool runs on the module with NVIDIA's core
    bool namespaces = false; ///< not CONFIG_MODULE_ALLOW_MISSING_NAMESPACE_IMPORTS
};

/// From the text of the kernel's .config; an empty one tells nothing.
KernelDemands demandsOf(std::string_view release, std::string_view config);

/// Every reason why the kernel would refuse the module, or an interface's object, whatever its
/// symbols are, or run it unsafely; empty: none.
std::vector<std::string> problemsOf(const ModuleFile& module, const KernelDemands& demands);

struct ModuleDemands {
    std::string driver; ///< its version
    KernelDemands kernel;
    std::filesystem::path symvers = {}; ///< the kernel's Module.symvers; may be absent
    bool complete = true; ///< false: other modules, which could not be read, come before these
};

struct ModuleProblem {
    std::string module; ///< "nvidia-uvm"
    std::string text;
};

/// Every reason, module by module; they are in load order.
std::vector<ModuleProblem> problemsOf(const std::vector<ModuleFile>& modules,
                                      const ModuleDemands& demands);

/// "nvidia: …; nvidia-uvm: …"
std::string describe(const std::vector<ModuleProblem>& problems);

/// Whether anybody can tell what the kernel exports.
bool knowsSymbols(const std::vector<ModuleFile>& modules, const ModuleDemands& demands);

} // namespace precompile
