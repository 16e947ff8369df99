/// The symbols of one kernel module file: what it needs, what it exports, and their CRCs where the
/// kernel was built with CONFIG_MODVERSIONS.
///
/// Read through libkmod, so the file may be compressed and its path may be /proc/self/fd/N. Changes
/// nothing. Throws Error that names the module when the file cannot be read or is no ELF object.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace host {

struct ModuleSymbol {
    std::string name;
    std::uint64_t crc = 0; ///< 0: unknown, as in modules that list CRCs in __version_ext_crcs only
    bool mayBeMissing = false; ///< of a required symbol: the kernel inserts the module without it
};

/// What somebody else has to export before the module can be inserted. `module` names it in errors.
std::vector<ModuleSymbol> requiredSymbols(const std::filesystem::path& file,
                                          const std::string& module);

/// What the module exports; may be nothing.
std::vector<ModuleSymbol> exportedSymbols(const std::filesystem::path& file,
                                          const std::string& module);

} // namespace host
