/// The smallest kernel module: relocatable, with what modpost puts into one, made without a
/// compiler.
#pragma once

#include "tests/unit/elf_builder.h"

#include <cstdint>
#include <elf.h>
#include <string>
#include <vector>

namespace tests {

struct ModuleImage {
    struct Symbol {
        std::string name;
        std::uint64_t crc = 0; ///< 0: as without CONFIG_MODVERSIONS
    };
    std::string name = "nvidia"; ///< what its file is called
    std::string kernel = {};
    std::string version = {}; ///< of the driver; empty: it has none
    std::string license = "NVIDIA";
    std::vector<Symbol> needs = {};
    std::vector<std::string> exports = {};
    std::string payload = {};
};

inline std::string moduleImage(const ModuleImage& image) {
    std::string name = image.name;
    for (char& character : name) {
        character = character == '-' ? '_' : character;
    }
    std::string info = "name=" + name + '\0' + "vermagic=" + image.kernel + " SMP" + '\0' +
                       "license=" + image.license + '\0';
    info += image.version.empty() ? "" : "version=" + image.version + '\0';
    std::string versions;
    std::string strings(1, '\0');
    std::string symbols = asBytes(Elf64_Sym{});
    for (const auto& [symbol, crc] : image.needs) {
        Elf64_Sym entry{};
        entry.st_name = static_cast<Elf64_Word>(strings.size());
        entry.st_info = ELF64_ST_INFO(STB_GLOBAL, STT_NOTYPE);
        symbols += asBytes(entry);
        strings += symbol + '\0';
        if (crc != 0) {
            std::string padded = symbol;
            padded.resize(56);
            versions += asBytes(crc) + padded;
        }
    }
    std::string exports;
    for (const std::string& symbol : image.exports) {
        exports += symbol + '\0';
    }
    constexpr std::uint32_t kStrings = 1;
    ElfBuilder<Elf64> object(ET_REL, 0);
    object.section(".strtab", SHT_STRTAB, strings);
    object.section(".symtab", SHT_SYMTAB, symbols, kStrings, sizeof(Elf64_Sym));
    object.section(".modinfo", SHT_PROGBITS, info);
    object.section(".gnu.linkonce.this_module", SHT_PROGBITS, "module");
    object.section(".data", SHT_PROGBITS, image.payload);
    if (!versions.empty()) {
        object.section("__versions", SHT_PROGBITS, versions);
    }
    if (!exports.empty()) {
        object.section("__ksymtab_strings", SHT_PROGBITS, exports);
    }
    return object.finish();
}

} // namespace tests
