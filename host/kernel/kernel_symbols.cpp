#include "host/kernel/kernel_symbols.h"

#include "host/base/error.h"
#include "host/base/text.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <functional>
#include <string_view>
#include <utility>

namespace host {

namespace {

constexpr std::string_view kTableEntry = "__ksymtab_";
/// A variable that every kernel has, and lists only where it lists variables at all.
constexpr std::string_view kVariable = "init_task";

/// False where the file does not exist.
bool forEachLine(const std::filesystem::path& file,
                 const std::function<void(std::string_view)>& use) {
    errno = 0;
    std::ifstream stream(file);
    if (!stream.is_open()) {
        if (errno == ENOENT) {
            return false;
        }
        throwErrno("read", file.string());
    }
    for (std::string line; std::getline(stream, line);) {
        use(line);
    }
    if (stream.bad()) {
        throwErrno("read", file.string(), EIO);
    }
    return true;
}

/// Cuts `text` at the first separator and returns what stood before it.
std::string_view cut(std::string_view& text, char separator) {
    const std::string_view part = text.substr(0, text.find(separator));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    return part;
}

/// "ffffffff81000000 T name", of a module with "\t[module]" behind it.
struct Line {
    char type = ' ';
    std::string_view name;
    std::string_view module;
};

Line parse(std::string_view text) {
    cut(text, ' ');
    const std::string_view type = cut(text, ' ');
    Line line{type.empty() ? ' ' : type.front(), cut(text, '\t'), {}};
    if (text.starts_with('[') && text.ends_with(']')) {
        line.module = text.substr(1, text.size() - 2);
    }
    return line;
}

/// "0x1a2b3c4d\tname\tvmlinux\tEXPORT_SYMBOL_GPL\tNAMESPACE", one symbol a line; Linux 5.4 has the
/// namespace behind the name. A line of another shape has an empty name.
std::pair<std::string_view, SymbolVersion> parseVersion(std::string_view line) {
    constexpr std::string_view kHow = "EXPORT_";
    const std::string_view number = cut(line, '\t');
    const std::string_view name = cut(line, '\t');
    std::array<std::string_view, 3> rest = {cut(line, '\t'), cut(line, '\t'), cut(line, '\t')};
    if (rest[2].starts_with(kHow)) {
        std::rotate(rest.begin(), rest.begin() + 1, rest.end());
    }
    const auto& [exporter, how, nameSpace] = rest;
    const auto crc =
        number.starts_with("0x") ? toNumberOfEitherBase<std::uint64_t>(number) : std::nullopt;
    if (!crc || !how.starts_with(kHow)) {
        return {};
    }
    return {name,
            {.crc = *crc,
             .exporter = std::string(exporter),
             .gplOnly = how.find("_GPL") != std::string_view::npos,
             .nameSpace = std::string(nameSpace)}};
}

void addExport(KernelExports& exports, const SymbolNames& wanted, std::string_view name,
               std::string_view module) {
    const auto symbol = wanted.find(name);
    if (symbol == wanted.end()) {
        return;
    }
    std::vector<std::string>& modules = exports.exporters[*symbol];
    if (std::ranges::find(modules, module) == modules.end()) {
        modules.emplace(module.empty() ? modules.begin() : modules.end(), module);
    }
}

} // namespace

KernelExports kernelExports(const std::filesystem::path& kallsyms, const SymbolNames& wanted) {
    KernelExports tabled;
    KernelExports named;
    forEachLine(kallsyms, [&](std::string_view text) {
        const Line line = parse(text);
        if (line.name.starts_with(kTableEntry)) {
            tabled.complete = true;
            addExport(tabled, wanted, line.name.substr(kTableEntry.size()), line.module);
            return;
        }
        named.complete = named.complete || line.name == kVariable;
        addExport(named, wanted, line.name, line.module);
        if (!line.module.empty() && line.type >= 'A' && line.type <= 'Z') {
            addExport(tabled, wanted, line.name, line.module);
        }
    });
    return tabled.complete ? tabled : named;
}

std::optional<SymbolVersions> symbolVersions(const std::filesystem::path& symvers,
                                             const SymbolNames& wanted) {
    SymbolVersions versions;
    const bool present = forEachLine(symvers, [&](std::string_view text) {
        if (auto [name, version] = parseVersion(text); wanted.contains(name)) {
            versions.emplace(name, std::move(version));
        }
    });
    return present ? std::optional(std::move(versions)) : std::nullopt;
}

} // namespace host
