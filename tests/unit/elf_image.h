/// The smallest shared object, or program, that says who it is: a name, a note, an interpreter.
#pragma once

#include "tests/unit/elf_builder.h"

#include <array>
#include <cstdint>
#include <string>

namespace tests {

struct ElfImage {
    std::string soname = {};
    bool is32Bit = false;
    std::array<std::uint32_t, 3> kernelAbi = {2, 3, 99};
    std::string interpreter = {}; ///< of a program that does not start alone
    /// A section with one note, which is in no segment.
    struct NoteSection {
        std::string name = {}; ///< empty: there is none
        std::string owner = {};
        std::string text = {};
    } noteSection = {};
};

namespace detail {

/// Padded to 4 bytes, but for the end.
inline std::string elfNote(std::string owner, Elf32_Word type, const std::string& text) {
    const auto ownerSize = static_cast<Elf32_Word>(owner.size() + 1);
    owner.resize((ownerSize + 3) / 4 * 4);
    return asBytes(Elf32_Nhdr{.n_namesz = ownerSize,
                              .n_descsz = static_cast<Elf32_Word>(text.size()),
                              .n_type = type}) +
           owner + text;
}

template <typename Class>
std::string elfImage(const ElfImage& image) {
    using Dynamic = typename Class::Dynamic;
    const bool hasInterpreter = !image.interpreter.empty();
    ElfBuilder<Class> object(ET_DYN, hasInterpreter ? 4 : 3);
    const std::string strings = '\0' + image.soname + '\0';
    const std::string note =
        elfNote("GNU", NT_GNU_ABI_TAG, asBytes(std::uint32_t{0}) + asBytes(image.kernelAbi));
    const std::size_t stringsAt = object.end();
    const auto dynamic = [](std::int32_t tag, std::uint64_t value) {
        Dynamic record{};
        record.d_tag = tag;
        record.d_un.d_val = static_cast<decltype(record.d_un.d_val)>(value);
        return asBytes(record);
    };
    object.segment(PT_LOAD, strings);
    object.segment(PT_DYNAMIC, dynamic(DT_STRTAB, object.kAddress + stringsAt) +
                                   dynamic(image.soname.empty() ? DT_DEBUG : DT_SONAME, 1) +
                                   dynamic(DT_NULL, 0));
    object.segment(PT_NOTE, note);
    if (hasInterpreter) {
        object.segment(PT_INTERP, image.interpreter + '\0');
    }
    if (const auto& section = image.noteSection; !section.name.empty()) {
        object.section(section.name, SHT_NOTE, elfNote(section.owner, 1, section.text));
    }
    return object.finish();
}

} // namespace detail

inline std::string elfImage(const ElfImage& image) {
    return image.is32Bit ? detail::elfImage<Elf32>(image) : detail::elfImage<Elf64>(image);
}

} // namespace tests
