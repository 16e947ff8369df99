/// Whether finished modules CAN be inserted on the running kernel: does somebody export every
/// symbol they need, and with the CRC they were built for?
///
/// Looks only; nothing is inserted, so it may run while another driver is loaded: loaded modules
/// and host modules of a candidate's own name do not count as exporters, the candidate replaces
/// them. What cannot be known is no problem: an unknown CRC, whatever a kernel without
/// CONFIG_KALLSYMS_ALL does not list. A loaded module is taken for the host tree's of the same
/// name. Neither licences (EXPORT_SYMBOL_GPL) nor symbol namespaces are looked at. Throws
/// host::Error that names the module when one is unreadable.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace loader {

struct SymbolProblem {
    std::string module;
    std::string symbol;
    /// "the kernel exports no such symbol" or "its CRC is 0x…, the kernel's is 0x…"
    std::string problem;
};

/// A finished module in memory.
struct CandidateModule {
    std::string name;
    int fd;
};

struct SymbolSources {
    std::filesystem::path proc = "/proc";
    std::filesystem::path moduleTree = {}; ///< /lib/modules/<kernel>; may be absent
};

/// Every reason why the kernel would refuse the modules, which are in load order: a symbol that
/// neither the kernel nor a loaded module, nor a module of the host's tree, nor an earlier
/// candidate exports (weak ones may be missing), and a CRC that is not the exporter's. Empty: none.
std::vector<SymbolProblem> checkSymbols(const std::vector<CandidateModule>& modules,
                                        const SymbolSources& sources);

} // namespace loader
