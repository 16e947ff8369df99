/// The smallest shared object that says who it is: one segment that holds all, a name, a note.
#pragma once

#include "tests/unit/elf_bytes.h"

#include <array>
#include <cstdint>
#include <elf.h>
#include <string>
#include <string_view>

namespace tests {

struct ElfImage {
    std::string soname = {};
    bool is32Bit = false;
    std::array<std::uint32_t, 3> kernelAbi = {2, 3, 99};
};

namespace detail {

template <typename Header, typename Segment, typename Dynamic>
std::string elfImage(const ElfImage& image, unsigned char elfClass, Elf32_Half machine) {
    constexpr std::uint16_t kSegments = 3;
    constexpr std::uint64_t kAddress = 0x10000;
    std::string note;
    note += asBytes(Elf32_Nhdr{.n_namesz = 4, .n_descsz = 16, .n_type = NT_GNU_ABI_TAG});
    note.append("GNU\0", 4);
    note += asBytes(std::uint32_t{0}) + asBytes(image.kernelAbi);
    const std::size_t dynamicAt = sizeof(Header) + kSegments * sizeof(Segment);
    const std::size_t dynamicSize = 3 * sizeof(Dynamic);
    const std::size_t noteAt = dynamicAt + dynamicSize;
    const std::size_t stringsAt = noteAt + note.size();
    const std::string strings = '\0' + image.soname + '\0';

    auto header = elfHeader<Header>(elfClass, ET_DYN, machine);
    header.e_phoff = sizeof(Header);
    header.e_phentsize = sizeof(Segment);
    header.e_phnum = kSegments;
    std::string bytes = asBytes(header);
    const auto segment = [&bytes](Elf32_Word type, std::size_t offset, std::size_t size) {
        Segment record{};
        record.p_type = type;
        record.p_offset = static_cast<decltype(record.p_offset)>(offset);
        record.p_vaddr = static_cast<decltype(record.p_vaddr)>(kAddress + offset);
        record.p_filesz = static_cast<decltype(record.p_filesz)>(size);
        record.p_memsz = record.p_filesz;
        record.p_align = 4;
        bytes += asBytes(record);
    };
    segment(PT_LOAD, 0, stringsAt + strings.size());
    segment(PT_DYNAMIC, dynamicAt, dynamicSize);
    segment(PT_NOTE, noteAt, note.size());
    const auto dynamic = [&bytes](std::int32_t tag, std::uint64_t value) {
        Dynamic record{};
        record.d_tag = tag;
        record.d_un.d_val = static_cast<decltype(record.d_un.d_val)>(value);
        bytes += asBytes(record);
    };
    dynamic(DT_STRTAB, kAddress + stringsAt);
    dynamic(image.soname.empty() ? DT_DEBUG : DT_SONAME, 1);
    dynamic(DT_NULL, 0);
    return bytes + note + strings;
}

} // namespace detail

inline std::string elfImage(const ElfImage& image) {
    return image.is32Bit
               ? detail::elfImage<Elf32_Ehdr, Elf32_Phdr, Elf32_Dyn>(image, ELFCLASS32, EM_386)
               : detail::elfImage<Elf64_Ehdr, Elf64_Phdr, Elf64_Dyn>(image, ELFCLASS64, EM_X86_64);
}

} // namespace tests
