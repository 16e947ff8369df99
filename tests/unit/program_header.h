/// The beginning of a program for some machine: what tells the machine, and nothing that runs.
#pragma once

#include "tests/unit/temporary.h"

#include <elf.h>

namespace tests {

/// `machine`: EM_AARCH64. Little-endian, 64 bit.
inline void writeProgramHeader(const Directory& root, const std::filesystem::path& name,
                               unsigned char machine) {
    std::string header(ELFMAG "\2\1\1");
    header.resize(sizeof(Elf64_Ehdr));
    header[EI_NIDENT] = ET_EXEC;
    header[EI_NIDENT + sizeof(Elf64_Half)] = static_cast<char>(machine);
    root.write(name, header);
}

} // namespace tests
