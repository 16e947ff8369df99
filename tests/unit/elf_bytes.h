/// What every made ELF file begins with, and its records as bytes.
#pragma once

#include <cstring>
#include <elf.h>
#include <string>

namespace tests {

template <typename Record>
std::string asBytes(const Record& record) {
    return {reinterpret_cast<const char*>(&record), sizeof record};
}

/// Of this machine's byte order, without segments and sections yet.
template <typename Header>
Header elfHeader(unsigned char elfClass, Elf32_Half type, Elf32_Half machine) {
    Header header{};
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = elfClass;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_ident[EI_VERSION] = EV_CURRENT;
    header.e_type = type;
    header.e_machine = machine;
    header.e_version = EV_CURRENT;
    header.e_ehsize = sizeof(Header);
    return header;
}

} // namespace tests
