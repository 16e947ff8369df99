#include "loader/checks/symbol_check.h"

#include "host/base/error.h"
#include "host/kernel/kernel_symbols.h"
#include "host/kernel/module.h"
#include "host/kernel/module_symbols.h"

#include <cstdint>
#include <fmt/format.h>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <system_error>

namespace loader {

namespace {

constexpr std::string_view kKernel = "vmlinux"; ///< as Module.symvers calls it

using Crcs = std::map<std::string, std::uint64_t>;

Crcs crcsOf(const std::vector<host::ModuleSymbol>& symbols) {
    Crcs crcs;
    for (const host::ModuleSymbol& symbol : symbols) {
        crcs.emplace(symbol.name, symbol.crc);
    }
    return crcs;
}

std::filesystem::path symversOf(const std::filesystem::path& tree) {
    std::error_code absent;
    const auto file = tree / "build/Module.symvers";
    return std::filesystem::exists(file, absent) ? file : tree / "Module.symvers";
}

/// The running kernel and its modules, loaded or to be loaded, but for those that the candidates
/// replace.
class Exporters : public host::SymbolExporters {
  public:
    Exporters(const SymbolSources& sources, const std::vector<host::SymbolUser>& candidates) {
        host::SymbolNames wanted;
        for (const host::SymbolUser& candidate : candidates) {
            names_.insert(host::kernelName(candidate.name));
            for (const host::ModuleSymbol& symbol : candidate.required) {
                wanted.insert(symbol.name);
            }
        }
        kernel_ = host::kernelExports(sources.proc / "kallsyms", wanted);
        if (sources.moduleTree.empty()) {
            return;
        }
        versions_ = host::symbolVersions(symversOf(sources.moduleTree), wanted)
                        .value_or(host::SymbolVersions());
        std::error_code absent;
        if (std::filesystem::exists(sources.moduleTree / "modules.dep", absent)) {
            tree_.emplace(sources.moduleTree);
        }
    }

    std::optional<host::SymbolExport> ofKernel(const host::ModuleSymbol& symbol) override {
        const std::vector<std::string> running = runningExporters(symbol.name);
        return !running.empty() && running.front().empty() ? std::optional(kernelExport(symbol))
                                                           : std::nullopt;
    }

    std::optional<host::SymbolExport> ofOthers(const host::ModuleSymbol& symbol) override {
        const std::vector<std::string> running = runningExporters(symbol.name);
        for (const host::TreeModule& module : treeExporters(symbol.name)) {
            if (running.empty() || module.name == running.front()) {
                return host::SymbolExport{.crc = treeCrc(module, symbol.name)};
            }
        }
        if (!running.empty()) {
            return host::SymbolExport();
        }
        return kernel_.complete ? std::nullopt : std::optional(kernelExport(symbol));
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

    host::SymbolExport kernelExport(const host::ModuleSymbol& symbol) const {
        const auto version = versions_.find(symbol.name);
        return version == versions_.end() || version->second.exporter != kKernel
                   ? host::SymbolExport()
                   : host::SymbolExport{.crc = version->second.crc,
                                        .gplOnly = version->second.gplOnly};
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
    host::SymbolVersions versions_;
    std::optional<host::ModuleTree> tree_;
    std::map<std::string, Crcs> treeCrcs_; ///< of the tree's modules that were asked for
};

} // namespace

std::vector<host::SymbolProblem> checkSymbols(const std::vector<CandidateModule>& modules,
                                              const SymbolSources& sources) {
    std::vector<host::SymbolUser> candidates;
    for (const CandidateModule& module : modules) {
        candidates.push_back(
            host::symbolUser(fmt::format("/proc/self/fd/{}", module.fd), module.name));
    }
    Exporters exporters(sources, candidates);
    return host::symbolProblems(candidates, exporters);
}

} // namespace loader
