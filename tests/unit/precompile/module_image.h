/// The smallest kernel module: relocatable, with what modpost puts into one, made without a
/// compiler.
#pragma once

#include "tests/unit/elf_bytes.h"

#include <cstdint>
#include <cstring>
#include <elf.h>
#include <string>
#include <string_view>
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

namespace detail {

/// Sections in the order in which they are added, with their names' table at the end.
class Object {
  public:
    void add(const std::string& name, std::uint32_t type, const std::string& content,
             std::uint32_t link = 0, std::uint64_t entrySize = 0) {
        Elf64_Shdr header{};
        header.sh_name = static_cast<Elf64_Word>(names_.size());
        header.sh_type = type;
        header.sh_flags = type == SHT_PROGBITS ? SHF_ALLOC : 0;
        header.sh_offset = bytes_.size();
        header.sh_size = content.size();
        header.sh_link = link;
        header.sh_info = type == SHT_SYMTAB ? 1 : 0;
        header.sh_addralign = 1;
        header.sh_entsize = entrySize;
        names_ += name + '\0';
        bytes_ += content;
        headers_.push_back(header);
    }

    std::string finish() {
        add(".shstrtab", SHT_STRTAB, names_ + ".shstrtab" + '\0');
        auto header = elfHeader<Elf64_Ehdr>(ELFCLASS64, ET_REL, EM_X86_64);
        header.e_shoff = bytes_.size();
        header.e_shentsize = sizeof(Elf64_Shdr);
        header.e_shnum = static_cast<Elf64_Half>(headers_.size());
        header.e_shstrndx = static_cast<Elf64_Half>(headers_.size() - 1);
        std::memcpy(bytes_.data(), &header, sizeof header);
        for (const Elf64_Shdr& section : headers_) {
            bytes_ += asBytes(section);
        }
        return bytes_;
    }

  private:
    std::string bytes_ = std::string(sizeof(Elf64_Ehdr), '\0');
    std::string names_ = std::string(1, '\0');
    std::vector<Elf64_Shdr> headers_ = {Elf64_Shdr{}};
};

} // namespace detail

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
    detail::Object object;
    object.add(".strtab", SHT_STRTAB, strings);
    object.add(".symtab", SHT_SYMTAB, symbols, kStrings, sizeof(Elf64_Sym));
    object.add(".modinfo", SHT_PROGBITS, info);
    object.add(".gnu.linkonce.this_module", SHT_PROGBITS, "module");
    object.add(".data", SHT_PROGBITS, image.payload);
    if (!versions.empty()) {
        object.add("__versions", SHT_PROGBITS, versions);
    }
    if (!exports.empty()) {
        object.add("__ksymtab_strings", SHT_PROGBITS, exports);
    }
    return object.finish();
}

} // namespace tests
