/// What the running kernel and its loaded modules export, as /proc/kallsyms and Module.symvers say.
///
/// Reads a file once, line by line, and keeps only the symbols that were asked for. Changes
/// nothing. An absent file is no error; one that cannot be read is an Error.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
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

/// The CRCs of what the kernel itself exports, not its modules; nothing where the file is absent.
std::map<std::string, std::uint64_t> kernelCrcs(const std::filesystem::path& symvers,
                                                const SymbolNames& wanted);

} // namespace host
