/// Whether modules can be inserted one after the other: does somebody export every symbol that they
/// need, to a module of their licence, and with the CRC that they were built for?
///
/// The rules are the kernel's (kernel/module: resolve_symbol, check_version). Who exports what is
/// the caller's to know: the running kernel, or a kernel that is not here. What is not known is no
/// problem.
#pragma once

#include "host/kernel/module_symbols.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace host {

/// A module as far as its symbols go.
struct SymbolUser {
    std::string name; ///< "nvidia-uvm"
    std::vector<ModuleSymbol> required;
    std::vector<ModuleSymbol> exported;
    std::string license = {};                 ///< the first one that its .modinfo names
    std::vector<std::string> namespaces = {}; ///< that it imports
};

/// Reads the file as requiredSymbols() does, and its .modinfo. Throws Error that names the module.
SymbolUser symbolUser(const std::filesystem::path& file, const std::string& name);

struct SymbolExport {
    std::uint64_t crc = 0; ///< 0: unknown
    bool gplOnly = false;
    std::string nameSpace = {}; ///< that a module has to import; empty: none
};

/// Who exports symbols to modules beside these modules themselves.
class SymbolExporters {
  public:
    SymbolExporters() = default;
    SymbolExporters(const SymbolExporters&) = delete;
    SymbolExporters& operator=(const SymbolExporters&) = delete;
    SymbolExporters(SymbolExporters&&) = delete;
    SymbolExporters& operator=(SymbolExporters&&) = delete;
    virtual ~SymbolExporters() = default;

    /// Comes before the modules, as in the kernel. Nothing: it is not the kernel's.
    virtual std::optional<SymbolExport> ofKernel(const ModuleSymbol& symbol) = 0;
    /// Comes after them. Nothing: nobody exports it.
    virtual std::optional<SymbolExport> ofOthers(const ModuleSymbol& symbol) = 0;
};

struct SymbolProblem {
    std::string module;
    std::string symbol;
    std::string problem; ///< "its CRC is 0x…, its exporter's is 0x…"
};

/// Every reason why the kernel would refuse the modules, which are in load order. Symbols that may
/// be missing may, but not be different.
std::vector<SymbolProblem> symbolProblems(const std::vector<SymbolUser>& modules,
                                          SymbolExporters& exporters);

/// "nvidia needs rm_init: …; …": the first few, and how many there are beside them.
std::string describe(const std::vector<SymbolProblem>& problems);

} // namespace host
