#include "loader/checks/symbol_check.h"

#include "host/base/error.h"
#include "host/kernel/kernel_symbols.h"
#include "host/kernel/module.h"
#include "host/kernel/module_symbols.h"
#include "loader/module_plan.h"

#include <algorithm>
#include <cstdint>
#include <fmt/format.h>
#include <map>
#include <optional>
#include <set>
#include <system_error>

namespace loader {

namespace {

using Crcs = std::map<std::string, std::uint64_t>;

Crcs crcsOf(const std::vector<host::ModuleSymbol>& symbols) {
    Crcs crcs;
    for (const host::ModuleSymbol& symbol : symbols) {
        crcs.emplace(symbol.name, symbol.crc);
    }
    return crcs;
}

struct Candidate {
    std::string name;
    std::vector<host::ModuleSymbol> required;
    std::vector<host::ModuleSymbol> exported;
};

Candidate read(const CandidateModule& module) {
    const std::filesystem::path file = fmt::format("/proc/self/fd/{}", module.fd);
    return {module.name, host::requiredSymbols(file, module.name),
            host::exportedSymbols(file, module.name)};
}

std::filesystem::path symversOf(const std::filesystem::path& tree) {
    std::error_code absent;
    const auto file = tree / "build/Module.symvers";
    return std::filesystem::exists(file, absent) ? file : tree / "Module.symvers";
}

/// Everybody who exports symbols to the candidates, asked in the kernel's own order: the kernel,
/// then modules.
class Exporters {
  public:
    Exporters(const SymbolSources& sources, const std::vector<Candidate>& candidates) {
        host::SymbolNames wanted;
        for (const Candidate& candidate : candidates) {
            names_.insert(kernelName(candidate.name));
            for (const host::ModuleSymbol& symbol : candidate.required) {
                wanted.insert(symbol.name);
            }
        }
        kernel_ = host::kernelExports(sources.proc / "kallsyms", wanted);
        if (sources.moduleTree.empty()) {
            return;
        }
        kernelCrcs_ = host::kernelCrcs(symversOf(sources.moduleTree), wanted);
        std::error_code absent;
        if (std::filesystem::exists(sources.moduleTree / "modules.dep", absent)) {
            tree_.emplace(sources.moduleTree);
        }
    }

    /// From now on the candidate counts as inserted.
    void add(const Candidate& candidate) { inserted_.merge(crcsOf(candidate.exported)); }

    /// The exporter's CRC, 0 where it is unknown; nothing when nobody exports the symbol.
    std::optional<std::uint64_t> crcOf(const std::string& symbol) {
        const std::vector<std::string> running = runningExporters(symbol);
        if (!running.empty() && running.front().empty()) {
            return kernelCrc(symbol);
        }
        if (const auto crc = inserted_.find(symbol); crc != inserted_.end()) {
            return crc->second;
        }
        for (const host::TreeModule& module : treeExporters(symbol)) {
            if (running.empty() || module.name == running.front()) {
                return treeCrc(module, symbol);
            }
        }
        if (!running.empty()) {
            return 0;
        }
        return kernel_.complete ? std::nullopt : std::optional(kernelCrc(symbol));
    }

  private:
    std::vector<std::string> runningExporters(const std::string& symbol) const {
        const auto found = kernel_.exporters.find(symbol);
        std::vector<std::string> modules =
            found == kernel_.exporters.end() ? std::vector<std::string>{} : found->second;
        std::erase_if(modules, [this](const std::string& name) { return names_.contains(name); });
        return modules;
    }

    std::vector<host::TreeModule> treeExporters(const std::string& symbol) const {
        auto modules = tree_ ? tree_->exportersOf(symbol) : std::vector<host::TreeModule>{};
        std::erase_if(modules, [this](const auto& module) { return names_.contains(module.name); });
        return modules;
    }

    std::uint64_t kernelCrc(const std::string& symbol) const {
        const auto crc = kernelCrcs_.find(symbol);
        return crc == kernelCrcs_.end() ? 0 : crc->second;
    }

    std::uint64_t treeCrc(const host::TreeModule& module, const std::string& symbol) {
        auto known = treeCrcs_.find(module.name);
        if (known == treeCrcs_.end()) {
            Crcs crcs;
            try {
                crcs = crcsOf(host::exportedSymbols(module.file, module.name));
            } catch (const host::Error&) {
                // Compressed in a way that this libkmod does not know: its CRCs stay unknown.
            }
            known = treeCrcs_.emplace(module.name, std::move(crcs)).first;
        }
        const auto crc = known->second.find(symbol);
        return crc == known->second.end() ? 0 : crc->second;
    }

    std::set<std::string> names_; ///< of the candidates
    host::KernelExports kernel_;
    Crcs kernelCrcs_;
    Crcs inserted_;
    std::optional<host::ModuleTree> tree_;
    std::map<std::string, Crcs> treeCrcs_; ///< of the tree's modules that were asked for
};

} // namespace

std::vector<SymbolProblem> checkSymbols(const std::vector<CandidateModule>& modules,
                                        const SymbolSources& sources) {
    std::vector<Candidate> candidates;
    for (const CandidateModule& module : modules) {
        candidates.push_back(read(module));
    }
    Exporters exporters(sources, candidates);
    std::vector<SymbolProblem> problems;
    for (const Candidate& candidate : candidates) {
        for (const host::ModuleSymbol& symbol : candidate.required) {
            const auto crc = exporters.crcOf(symbol.name);
            if (!crc && !symbol.mayBeMissing) {
                problems.push_back(
                    {candidate.name, symbol.name, "the kernel exports no such symbol"});
            } else if (crc.value_or(0) != 0 && symbol.crc != 0 && *crc != symbol.crc) {
                problems.push_back({candidate.name, symbol.name,
                                    fmt::format("its CRC is 0x{:08x}, the kernel's is 0x{:08x}",
                                                symbol.crc, *crc)});
            }
        }
        exporters.add(candidate);
    }
    return problems;
}

} // namespace loader
