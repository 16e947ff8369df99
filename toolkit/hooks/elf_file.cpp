#include "toolkit/hooks/elf_file.h"

#include "host/base/error.h"

#include <algorithm>
#include <cstring>
#include <unistd.h>

namespace toolkit {

namespace {

constexpr std::uint64_t kLargestPart = 64 << 10; ///< bytes: a table of names, a note

bool isElf(const Elf64_Ehdr& header) {
    return std::memcmp(&header.e_ident, ELFMAG, SELFMAG) == 0 &&
           header.e_ident[EI_CLASS] == ELFCLASS64 && header.e_ident[EI_DATA] == ELFDATA2LSB;
}

/// Notes are padded to 4 bytes.
constexpr std::uint64_t padded(std::uint64_t size) {
    return (size + 3) / 4 * 4;
}

} // namespace

ElfFile::ElfFile(const host::Fd& file, std::string object)
    : file_(file), object_(std::move(object)), header_(at<Elf64_Ehdr>(0)) {
    if (header_ && !isElf(*header_)) {
        header_.reset();
    }
}

/// May be shorter than `size`.
std::string ElfFile::bytes(std::uint64_t offset, std::uint64_t size) const {
    std::string result(std::min(size, kLargestPart), '\0');
    const ssize_t count =
        std::in_range<off_t>(offset)
            ? ::pread(file_.get(), result.data(), result.size(), static_cast<off_t>(offset))
            : 0;
    if (count < 0) {
        host::throwErrno("read", object_);
    }
    result.resize(static_cast<std::size_t>(count));
    return result;
}

template <typename Type>
std::optional<Type> ElfFile::at(std::uint64_t offset) const {
    const std::string raw = bytes(offset, sizeof(Type));
    Type value;
    if (raw.size() != sizeof value) {
        return std::nullopt;
    }
    std::memcpy(&value, raw.data(), sizeof value);
    return value;
}

bool ElfFile::isStaticProgram() const {
    if (!header_ || (header_->e_type != ET_EXEC && header_->e_type != ET_DYN) ||
        header_->e_phnum == 0) {
        return false;
    }
    for (std::uint64_t number = 0; number < header_->e_phnum; ++number) {
        const auto part = at<Elf64_Phdr>(header_->e_phoff + number * sizeof(Elf64_Phdr));
        if (!part || part->p_type == PT_INTERP) {
            return false;
        }
    }
    return true;
}

std::optional<Elf64_Shdr> ElfFile::section(std::string_view name) const {
    if (!header_) {
        return std::nullopt;
    }
    const auto entry = [this](std::uint64_t number) {
        return at<Elf64_Shdr>(header_->e_shoff + number * sizeof(Elf64_Shdr));
    };
    const auto names = entry(header_->e_shstrndx);
    if (!names) {
        return std::nullopt;
    }
    const std::string table = bytes(names->sh_offset, names->sh_size);
    for (std::uint64_t number = 0; number < header_->e_shnum; ++number) {
        const auto found = entry(number);
        if (found && found->sh_name < table.size() && table.c_str() + found->sh_name == name) {
            return found;
        }
    }
    return std::nullopt;
}

std::optional<std::string> ElfFile::note(std::string_view section, std::string_view owner) const {
    const auto place = this->section(section);
    const auto note = place ? at<Elf64_Nhdr>(place->sh_offset) : std::nullopt;
    if (!note) {
        return std::nullopt;
    }
    const std::uint64_t name = place->sh_offset + sizeof *note;
    if (bytes(name, note->n_namesz).c_str() != owner) {
        return std::nullopt;
    }
    const std::string text = bytes(name + padded(note->n_namesz), note->n_descsz);
    return text.size() == note->n_descsz ? std::optional(text.c_str()) : std::nullopt;
}

} // namespace toolkit
