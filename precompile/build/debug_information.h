/// Whether a kernel's build reads the debug information of the modules that it makes. Then it has
/// to be there until the modules are linked; else it costs time and room for nothing.
#pragma once

#include <string_view>

namespace precompile {

/// Whether pahole runs on each module. `kernelConfig` is the text of .config; `hasVmlinux` whether
/// the kernel's build tree has vmlinux.
bool makesBtf(std::string_view kernelConfig, bool hasVmlinux);

/// For BTF, or for symbol versions.
bool readsDebugInformation(std::string_view kernelConfig, bool hasVmlinux);

} // namespace precompile
