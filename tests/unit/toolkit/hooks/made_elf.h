/// ELF files by hand, as small as they can be.
#pragma once

#include <cstring>
#include <elf.h>
#include <string>
#include <string_view>
#include <vector>

namespace tests {

template <typename Type>
std::string raw(const Type& value) {
    return {reinterpret_cast<const char*>(&value), sizeof value};
}

inline Elf64_Ehdr elfHeader(Elf64_Half type) {
    Elf64_Ehdr header{};
    std::memcpy(&header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_type = type;
    return header;
}

/// One with these program headers.
inline std::string elfProgram(const std::vector<Elf64_Word>& types) {
    auto header = elfHeader(ET_DYN);
    header.e_phoff = sizeof header;
    header.e_phnum = static_cast<Elf64_Half>(types.size());
    std::string file = raw(header);
    for (const Elf64_Word type : types) {
        Elf64_Phdr part{};
        part.p_type = type;
        file += raw(part);
    }
    return file;
}

/// One with a note section: header, two section headers, names, note.
inline std::string elfWithNote(std::string_view section, std::string_view owner,
                               std::string_view text) {
    const std::string names = '\0' + std::string(section) + '\0';
    std::string paddedOwner(owner);
    paddedOwner.resize((owner.size() + 1 + 3) / 4 * 4);
    auto header = elfHeader(ET_DYN);
    header.e_shoff = sizeof header;
    header.e_shnum = 2;
    Elf64_Shdr table{};
    table.sh_offset = sizeof header + 2 * sizeof table;
    table.sh_size = names.size();
    Elf64_Shdr notes{};
    notes.sh_name = 1;
    notes.sh_type = SHT_NOTE;
    notes.sh_offset = table.sh_offset + names.size();
    const Elf64_Nhdr note{.n_namesz = static_cast<Elf64_Word>(owner.size() + 1),
                          .n_descsz = static_cast<Elf64_Word>(text.size()),
                          .n_type = 1};
    return raw(header) + raw(table) + raw(notes) + names + raw(note) + paddedOwner +
           std::string(text);
}

} // namespace tests
