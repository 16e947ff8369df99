#include "precompile/build/debug_information.h"

#include <fmt/format.h>

namespace precompile {

bool readsDebugInformation(std::string_view kernelConfig, bool hasVmlinux) {
    const auto isSet = [kernelConfig](std::string_view name) {
        return fmt::format("\n{}\n", kernelConfig).find(fmt::format("\nCONFIG_{}=y\n", name)) !=
               std::string::npos;
    };
    // Linux 6.14: gendwarfksyms makes symbol versions out of it.
    // Linux 5.11: pahole makes BTF out of it (scripts/Makefile.modfinal), and fails where there is
    // none; without vmlinux kbuild leaves BTF out.
    return isSet("GENDWARFKSYMS") || (isSet("DEBUG_INFO_BTF_MODULES") && hasVmlinux);
}

} // namespace precompile
