#include "precompile/build/debug_information.h"

#include <fmt/format.h>

namespace precompile {

namespace {

bool isSet(std::string_view kernelConfig, std::string_view name) {
    return fmt::format("\n{}\n", kernelConfig).find(fmt::format("\nCONFIG_{}=y\n", name)) !=
           std::string::npos;
}

} // namespace

// Linux 5.11: pahole makes it out of debug information (scripts/Makefile.modfinal), and fails where
// there is none; without vmlinux kbuild leaves BTF out.
bool makesBtf(std::string_view kernelConfig, bool hasVmlinux) {
    return hasVmlinux && isSet(kernelConfig, "DEBUG_INFO_BTF_MODULES");
}

// Linux 6.14: gendwarfksyms makes symbol versions out of it.
bool readsDebugInformation(std::string_view kernelConfig, bool hasVmlinux) {
    return isSet(kernelConfig, "GENDWARFKSYMS") || makesBtf(kernelConfig, hasVmlinux);
}

} // namespace precompile
