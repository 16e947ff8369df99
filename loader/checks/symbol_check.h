/// Whether finished modules CAN be inserted on the running kernel: host/kernel/symbol_needs.h, with
/// what this node's kernel and its modules export.
///
/// Looks only; nothing is inserted, so it may run while another driver is loaded: loaded modules
/// and host modules of a candidate's own name do not count as exporters, the candidate replaces
/// them. What cannot be known is no problem: an unknown CRC, whatever a kernel without
/// CONFIG_KALLSYMS_ALL does not list, who may use what (EXPORT_SYMBOL_GPL) where there is no
/// Module.symvers. A loaded module is taken for the host tree's of the same name. Symbol namespaces
/// are not looked at: the kernel may be configured to do without their import. Throws host::Error
/// that names the module when one is unreadable.
#pragma once

#include "host/kernel/symbol_needs.h"

#include <filesystem>
#include <string>
#include <vector>

namespace loader {

/// A finished module in memory.
struct CandidateModule {
    std::string name;
    int fd;
};

struct SymbolSources {
    std::filesystem::path proc = "/proc";
    std::filesystem::path moduleTree = {}; ///< /lib/modules/<kernel>; may be absent
};

/// Of modules in load order. Exporters are the kernel, earlier candidates, and the loaded modules
/// and those of the host's tree. Empty: no problem.
std::vector<host::SymbolProblem> checkSymbols(const std::vector<CandidateModule>& modules,
                                              const SymbolSources& sources);

} // namespace loader
