/// What an ELF object says of itself to whoever links or loads it: its class, name and notes.
///
/// It is somebody's, and none of it is trusted. Reads the headers, the dynamic section and the
/// notes with pread(2), some kilobytes in all, and never maps: whoever truncates the file meanwhile
/// makes it damaged, and no SIGBUS. Both classes, little-endian. What cannot be read says nothing.
#pragma once

#include "host/base/fd.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace host {

struct ElfNote {
    std::string owner; ///< "GNU"
    std::uint32_t type = 0;
    std::string description; ///< bytes
};

struct ElfObject {
    bool is32Bit = false;
    std::uint16_t machine = 0; ///< EM_X86_64, …
    std::string soname;        ///< "libcuda.so.1", or empty
    bool startsAlone = false;  ///< a program that names no interpreter
    std::vector<ElfNote> notes;
};

/// Nothing for a file that is no such object, or a damaged one.
std::optional<ElfObject> readElfObject(const Fd& file);

/// The notes of a section, which need not be among those that are loaded with the object. None
/// where it has no such section, or one that is damaged.
std::vector<ElfNote> notesOfSection(const Fd& file, std::string_view section);

/// The oldest Linux that the object is for, by its note NT_GNU_ABI_TAG: {2, 3, 99}.
std::optional<std::array<std::uint32_t, 3>> kernelAbi(const ElfObject& object);

} // namespace host
