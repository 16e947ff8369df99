#include "precompile/package/module_demands.h"

#include "host/kernel/kernel_symbols.h"
#include "host/kernel/module.h"

#include <algorithm>
#include <fmt/format.h>
#include <optional>

namespace precompile {

namespace {

constexpr std::string_view kFirst = "nvidia"; ///< the one module that always has its version
constexpr std::string_view kSectionOfExports = "___ksymtab"; ///< before module.lds has merged them
/// CRCs of a table that libkmod does not read (CONFIG_EXTENDED_MODVERSIONS, since Linux 6.14).
constexpr std::string_view kSectionOfLongNames = "__version_ext_crcs";

/// Whether every symbol that the kernel knew has its CRC in the modules.
bool haveCrcs(const std::vector<ModuleFile>& modules) {
    return std::ranges::any_of(modules, [](const ModuleFile& module) {
        return !module.sections.contains(kSectionOfLongNames) &&
               std::ranges::any_of(module.symbols.required,
                                   [](const auto& symbol) { return symbol.crc != 0; });
    });
}

host::SymbolNames namesOf(const std::vector<ModuleFile>& modules) {
    host::SymbolNames names;
    for (const ModuleFile& module : modules) {
        for (const host::ModuleSymbol& symbol : module.symbols.required) {
            names.insert(symbol.name);
        }
    }
    return names;
}

/// The kernel that the modules are for, and its tree.
class Exporters : public host::SymbolExporters {
  public:
    Exporters(const std::vector<ModuleFile>& modules, const ModuleDemands& demands)
        : versions_(host::symbolVersions(demands.symvers, namesOf(modules))),
          namespaces_(demands.kernel.namespaces),
          knowsAll_(demands.complete && (versions_ || haveCrcs(modules))) {}

    std::optional<host::SymbolExport> ofKernel(const host::ModuleSymbol& symbol) override {
        if (!versions_) {
            return std::nullopt;
        }
        const auto found = versions_->find(symbol.name);
        return found == versions_->end()
                   ? std::nullopt
                   : std::optional(host::SymbolExport{
                         .crc = found->second.crc,
                         .gplOnly = found->second.gplOnly,
                         .nameSpace = namespaces_ ? found->second.nameSpace : ""});
    }

    /// A symbol with a CRC had an exporter when the module was compiled, if only a module that is
    /// in nobody's tree, such as another vendor's InfiniBand.
    std::optional<host::SymbolExport> ofOthers(const host::ModuleSymbol& symbol) override {
        return symbol.crc == 0 && knowsAll_ ? std::nullopt : std::optional(host::SymbolExport());
    }

  private:
    std::optional<host::SymbolVersions> versions_;
    bool namespaces_;
    bool knowsAll_;
};

/// Whether the module is what its file's name and its package say.
std::vector<std::string> falseClaims(const ModuleFile& module, const std::string& driver) {
    std::vector<std::string> problems;
    if (module.ownName != host::kernelName(module.name)) {
        problems.push_back(fmt::format("its .modinfo names it '{}'", module.ownName));
    }
    if (module.version.empty() && module.name == kFirst) {
        problems.emplace_back("it does not say which driver it is of");
    } else if (!module.version.empty() && module.version != driver) {
        problems.push_back(fmt::format("it is of driver {}, not {}", module.version, driver));
    }
    if (std::ranges::any_of(module.sections, [](const std::string& section) {
            return section.starts_with(kSectionOfExports);
        })) {
        problems.emplace_back("its exported symbols are not merged, the kernel would see none");
    }
    return problems;
}

} // namespace

KernelDemands demandsOf(std::string_view release, std::string_view config) {
    const auto isSet = [config](std::string_view name) {
        return config.find(fmt::format("\nCONFIG_{}=y\n", name)) != std::string_view::npos;
    };
    KernelDemands demands;
    demands.release = release;
    demands.retpoline = isSet("RETPOLINE") || isSet("MITIGATION_RETPOLINE");
    demands.orcUnwind = isSet("UNWINDER_ORC");
    demands.returnSites = isSet("RETHUNK") || isSet("MITIGATION_RETHUNK");
    demands.ibt = isSet("X86_KERNEL_IBT");
    demands.namespaces = !config.empty() && !isSet("MODULE_ALLOW_MISSING_NAMESPACE_IMPORTS");
    return demands;
}

std::vector<std::string> problemsOf(const ModuleFile& module, const KernelDemands& demands) {
    std::vector<std::string> problems;
    const auto require = [&](bool fine, std::string problem) {
        if (!fine) {
            problems.push_back(std::move(problem));
        }
    };
    require(!module.vermagic.empty(), "it has no vermagic");
    require(module.vermagic.empty() || module.vermagic.starts_with(demands.release + " "),
            fmt::format("it was built for another kernel: its vermagic is '{}', the kernel is {}",
                        module.vermagic, demands.release));
    require(module.thisModules == 1,
            fmt::format("it has {} sections .gnu.linkonce.this_module, not 1", module.thisModules));
    for (const std::string& key : module.repeatedKeys) {
        problems.push_back(fmt::format("its .modinfo names {} more than once", key));
    }
    require(!demands.retpoline || module.retpoline, "it was built without retpolines");
    require(!demands.orcUnwind || module.sections.contains(".orc_unwind"),
            "it has no section .orc_unwind");
    require(!demands.returnSites || module.sections.contains(".return_sites"),
            "it has no section .return_sites");
    return problems;
}

std::vector<ModuleProblem> problemsOf(const std::vector<ModuleFile>& modules,
                                      const ModuleDemands& demands) {
    std::vector<host::SymbolUser> users;
    std::ranges::transform(modules, std::back_inserter(users), &ModuleFile::symbols);
    Exporters exporters(modules, demands);
    const auto symbols = host::symbolProblems(users, exporters);
    std::vector<ModuleProblem> problems;
    for (const ModuleFile& module : modules) {
        auto texts = falseClaims(module, demands.driver);
        std::ranges::move(problemsOf(module, demands.kernel), std::back_inserter(texts));
        std::vector<host::SymbolProblem> own;
        for (const host::SymbolProblem& problem : symbols) {
            if (problem.module == module.name) {
                own.push_back({"it", problem.symbol, problem.problem});
            }
        }
        if (!own.empty()) {
            texts.push_back(host::describe(own));
        }
        for (std::string& text : texts) {
            problems.push_back({module.name, std::move(text)});
        }
    }
    return problems;
}

std::string describe(const std::vector<ModuleProblem>& problems) {
    std::string text;
    for (const ModuleProblem& problem : problems) {
        text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", problem.module, problem.text);
    }
    return text;
}

bool knowsSymbols(const std::vector<ModuleFile>& modules, const ModuleDemands& demands) {
    return std::filesystem::exists(demands.symvers) || haveCrcs(modules);
}

} // namespace precompile
