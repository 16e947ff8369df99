/// What a kernel and its modules export: of the running one as /proc/kallsyms says, of any as its
/// Module.symvers does.
///
/// Reads a file once, line by line, and keeps only the symbols that were asked for. Changes
/// nothing. An absent file is no error; one that cannot be read is an Error.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace host {

using SymbolNames = std::set<std::string, std::less<>>;

struct KernelExports {
    /// The modules that export a symbol, as /proc/modules names them; "" is the kernel itself, and
    /// comes first.
    std::map<std::string, std::vector<std::string>> exporters;
    /// False: the kernel may export more than it lists. Then it has no /proc/kallsyms, or one of
    /// functions only (no CONFIG_KALLSYMS_ALL).
    bool complete = false;
};

/// From the names __ksymtab_X; of a loaded module also what the kernel marks as global. A kernel
/// that lists no __ksymtab_ names is taken to export every name it lists.
KernelExports kernelExports(const std::filesystem::path& kallsyms, const SymbolNames& wanted);

/// A line of Module.symvers.
struct SymbolVersion {
    std::uint64_t crc = 0; ///< 0: of a kernel without CONFIG_MODVERSIONS
    std::string exporter;  ///< "vmlinux", or a module's path in the kernel's tree
    bool gplOnly = false;
    std::string nameSpace = {}; ///< since Linux 5.4; empty: none
};
using SymbolVersions = std::map<std::string, SymbolVersion, std::less<>>;

/// What the kernel and the modules of its tree export; nothing where the file is absent. Lines that
/// are none are passed over.
std::optional<SymbolVersions> symbolVersions(const std::filesystem::path& symvers,
                                             const SymbolNames& wanted);

} // namespace host
