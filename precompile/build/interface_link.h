/// Making finished modules of the package that NVIDIA's mkprecompiled wrote: links each interface
/// with the driver's core, and checks the result as `update` checks what it compiled.
///
/// Linking so is right only where kbuild's own last step is hardly more than that: the interface
/// holds its vermagic, and objtool ran on its objects. It does not where the kernel has
/// CONFIG_X86_KERNEL_IBT (objtool runs on the module with its core) or where kbuild adds
/// .module-common.o (Linux 6.12): host::Error(Fault::NotLoadable) says so, before anything is
/// linked. What a kernel asks for is read from its configuration, where that is at hand, and from
/// the package's whole modules, which its own kbuild linked.
#pragma once

#include "host/base/observer.h"
#include "precompile/build/compile.h"
#include "precompile/package/mkprecompiled.h"

#include <filesystem>
#include <string>
#include <vector>

namespace precompile {

/// What the package's objects say they are for. Throws host::Error(Fault::NotLoadable) when they do
/// not agree or do not say it.
struct InterfaceTarget {
    std::string kernel;
    Flavour flavour = Flavour::Proprietary;
};
InterfaceTarget targetOf(const Mkprecompiled& package, const std::string& origin);

struct InterfaceLink {
    const Mkprecompiled& package;
    const std::string& origin; ///< names the package in errors
    const DriverSource& source;
    std::string kernel;
    std::filesystem::path kernelBuild; ///< .config, module.lds, Module.symvers; may not exist
    std::string linker = "ld";
    std::filesystem::path directory; ///< gets the modules
    host::Observer observer = {};    ///< is warned of what could not be looked at
};

/// `compiler` and `inputs` of the result say what is known.
CompiledModules linkInterfaces(const InterfaceLink& link);

} // namespace precompile
