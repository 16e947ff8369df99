/// ELF files by hand, as small as they can be: a header, segments, contents, sections.
#pragma once

#include <cstdint>
#include <cstring>
#include <elf.h>
#include <string>
#include <vector>

namespace tests {

struct Elf32 {
    using Header = Elf32_Ehdr;
    using Segment = Elf32_Phdr;
    using Section = Elf32_Shdr;
    using Dynamic = Elf32_Dyn;
    static constexpr unsigned char kClass = ELFCLASS32;
    static constexpr Elf32_Half kMachine = EM_386;
};
struct Elf64 {
    using Header = Elf64_Ehdr;
    using Segment = Elf64_Phdr;
    using Section = Elf64_Shdr;
    using Dynamic = Elf64_Dyn;
    static constexpr unsigned char kClass = ELFCLASS64;
    static constexpr Elf64_Half kMachine = EM_X86_64;
};

template <typename Record>
std::string asBytes(const Record& record) {
    return {reinterpret_cast<const char*>(&record), sizeof record};
}

/// The contents lie in the order in which they are added, behind the segments' table; that of the
/// sections, and before it their names, lie at the end, where there are any.
template <typename Class>
class ElfBuilder {
  public:
    static constexpr std::uint64_t kAddress = 0x10000; ///< of the file's first byte, when loaded

    ElfBuilder(Elf64_Half type, Elf64_Half segments)
        : bytes_(sizeof(Header) + segments * sizeof(typename Class::Segment), '\0') {
        std::memcpy(header_.e_ident, ELFMAG, SELFMAG);
        header_.e_ident[EI_CLASS] = Class::kClass;
        header_.e_ident[EI_DATA] = ELFDATA2LSB;
        header_.e_ident[EI_VERSION] = EV_CURRENT;
        header_.e_type = type;
        header_.e_machine = Class::kMachine;
        header_.e_version = EV_CURRENT;
        header_.e_ehsize = sizeof(Header);
        if (segments > 0) {
            header_.e_phoff = sizeof(Header);
            header_.e_phentsize = sizeof(typename Class::Segment);
            header_.e_phnum = segments;
        }
    }

    /// Where the next content will lie.
    [[nodiscard]] std::size_t end() const { return bytes_.size(); }

    /// The next of the segments, with its content.
    void segment(Elf32_Word type, const std::string& content) {
        typename Class::Segment record{};
        record.p_type = type;
        record.p_offset = static_cast<decltype(record.p_offset)>(end());
        record.p_vaddr = static_cast<decltype(record.p_vaddr)>(kAddress + end());
        record.p_filesz = static_cast<decltype(record.p_filesz)>(content.size());
        record.p_memsz = record.p_filesz;
        record.p_align = 4;
        bytes_.replace(sizeof(Header) + added_++ * sizeof record, sizeof record, asBytes(record));
        bytes_ += content;
    }

    void section(const std::string& name, std::uint32_t type, const std::string& content,
                 std::uint32_t link = 0, std::uint64_t entrySize = 0) {
        typename Class::Section record{};
        record.sh_name = static_cast<Elf32_Word>(names_.size());
        record.sh_type = type;
        record.sh_flags = type == SHT_PROGBITS ? SHF_ALLOC : 0;
        record.sh_offset = static_cast<decltype(record.sh_offset)>(end());
        record.sh_size = static_cast<decltype(record.sh_size)>(content.size());
        record.sh_link = link;
        record.sh_info = type == SHT_SYMTAB ? 1 : 0;
        record.sh_addralign = 1;
        record.sh_entsize = static_cast<decltype(record.sh_entsize)>(entrySize);
        names_ += name + '\0';
        bytes_ += content;
        sections_.push_back(record);
    }

    std::string finish() {
        if (!sections_.empty()) {
            section(".shstrtab", SHT_STRTAB, names_ + ".shstrtab" + '\0');
            sections_.insert(sections_.begin(), typename Class::Section{});
            header_.e_shoff = static_cast<decltype(header_.e_shoff)>(end());
            header_.e_shentsize = sizeof(typename Class::Section);
            header_.e_shnum = static_cast<Elf64_Half>(sections_.size());
            header_.e_shstrndx = static_cast<Elf64_Half>(sections_.size() - 1);
        }
        bytes_.replace(0, sizeof header_, asBytes(header_));
        for (const auto& record : sections_) {
            bytes_ += asBytes(record);
        }
        return bytes_;
    }

  private:
    using Header = typename Class::Header;

    Header header_{};
    std::size_t added_ = 0;
    std::string bytes_;
    std::string names_ = std::string(1, '\0');
    std::vector<typename Class::Section> sections_;
};

} // namespace tests
