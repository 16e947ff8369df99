#include "host/kernel/symbol_needs.h"

#include "host/kernel/module.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <map>
#include <span>
#include <string_view>

namespace host {

namespace {

constexpr std::size_t kNamedProblems = 5;

/// What include/linux/license.h has.
constexpr std::string_view kGplCompatible[] = {
    "GPL", "GPL v2", "GPL and additional rights", "Dual BSD/GPL", "Dual MIT/GPL", "Dual MPL/GPL"};

bool isGplCompatible(const std::string& license) {
    return std::ranges::find(kGplCompatible, license) != std::end(kGplCompatible);
}

/// Why the module may not use what is exported so; empty: it may.
std::string refusal(const SymbolUser& module, const ModuleSymbol& symbol,
                    const std::optional<SymbolExport>& found) {
    if (!found) {
        return symbol.mayBeMissing ? "" : "neither the kernel nor a module before it exports it";
    }
    if (found->crc != 0 && symbol.crc != 0 && found->crc != symbol.crc) {
        return fmt::format("its CRC is 0x{:08x}, its exporter's is 0x{:08x}", symbol.crc,
                           found->crc);
    }
    if (found->gplOnly && !symbol.mayBeMissing && !isGplCompatible(module.license)) {
        return fmt::format("it is exported to modules under the GPL, the module's licence is '{}'",
                           module.license);
    }
    if (!found->nameSpace.empty() &&
        std::ranges::find(module.namespaces, found->nameSpace) == module.namespaces.end()) {
        return fmt::format("it is in the namespace {}, which the module does not import",
                           found->nameSpace);
    }
    return "";
}

} // namespace

SymbolUser symbolUser(const std::filesystem::path& file, const std::string& name) {
    SymbolUser user{.name = name,
                    .required = requiredSymbols(file, name),
                    .exported = exportedSymbols(file, name)};
    for (auto& [key, value] : moduleInfo(file)) {
        if (key == "license" && user.license.empty()) {
            user.license = std::move(value);
        } else if (key == "import_ns") {
            user.namespaces.push_back(std::move(value));
        }
    }
    return user;
}

std::vector<SymbolProblem> symbolProblems(const std::vector<SymbolUser>& modules,
                                          SymbolExporters& exporters) {
    std::map<std::string, SymbolExport, std::less<>> inserted;
    const auto find = [&](const ModuleSymbol& symbol) -> std::optional<SymbolExport> {
        if (auto found = exporters.ofKernel(symbol)) {
            return found;
        }
        const auto own = inserted.find(symbol.name);
        return own == inserted.end() ? exporters.ofOthers(symbol) : own->second;
    };
    std::vector<SymbolProblem> problems;
    for (const SymbolUser& module : modules) {
        for (const ModuleSymbol& symbol : module.required) {
            if (std::string problem = refusal(module, symbol, find(symbol)); !problem.empty()) {
                problems.push_back({module.name, symbol.name, std::move(problem)});
            }
        }
        for (const ModuleSymbol& symbol : module.exported) {
            inserted.emplace(symbol.name, SymbolExport{.crc = symbol.crc});
        }
    }
    return problems;
}

std::string describe(const std::vector<SymbolProblem>& problems) {
    std::vector<std::string> texts;
    const std::size_t named = std::min(problems.size(), kNamedProblems);
    for (const SymbolProblem& problem : std::span(problems).first(named)) {
        texts.push_back(
            fmt::format("{} needs {}: {}", problem.module, problem.symbol, problem.problem));
    }
    if (problems.size() > kNamedProblems) {
        texts.push_back(fmt::format("and {} more", problems.size() - kNamedProblems));
    }
    return fmt::format("{}", fmt::join(texts, "; "));
}

} // namespace host
