#include "host/linker/elf_object.h"

#include <algorithm>
#include <cstring>
#include <elf.h>
#include <span>
#include <unistd.h>

namespace host {

namespace {

// Larger ones are damaged: a driver's library has 10 segments, 40 sections and dynamic entries.
constexpr std::size_t kMostSegments = 256;
constexpr std::size_t kMostSections = 1024;
constexpr std::size_t kLargestSection = 64 << 10;
constexpr std::size_t kLongestName = 255;

struct Class32 {
    using Header = Elf32_Ehdr;
    using Segment = Elf32_Phdr;
    using Section = Elf32_Shdr;
    using Dynamic = Elf32_Dyn;
};
struct Class64 {
    using Header = Elf64_Ehdr;
    using Segment = Elf64_Phdr;
    using Section = Elf64_Shdr;
    using Dynamic = Elf64_Dyn;
};

/// At most `size` bytes; fewer at the file's end, none where it cannot be read.
std::string bytesAt(const Fd& file, std::uint64_t offset, std::size_t size) {
    std::string bytes(size, '\0');
    const ssize_t count =
        ::pread(file.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    bytes.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
    return bytes;
}

template <typename Type>
std::vector<Type> recordsAt(const Fd& file, std::uint64_t offset, std::size_t count) {
    const std::string bytes = bytesAt(file, offset, count * sizeof(Type));
    std::vector<Type> records(bytes.size() / sizeof(Type));
    if (!records.empty()) { // memcpy(3) takes no null pointer, not even for nothing
        std::memcpy(records.data(), bytes.data(), records.size() * sizeof(Type));
    }
    return records;
}

std::size_t aligned(std::size_t size, std::size_t alignment) {
    return (size + alignment - 1) / alignment * alignment;
}

/// Of a segment or a section. Stops at the first note that is damaged.
void readNotes(const Fd& file, std::uint64_t offset, std::uint64_t size, std::uint64_t alignedTo,
               std::vector<ElfNote>& notes) {
    if (size > kLargestSection) {
        return;
    }
    const std::string content = bytesAt(file, offset, size);
    std::string_view bytes = content;
    const std::size_t alignment =
        alignedTo == sizeof(std::uint64_t) ? sizeof(std::uint64_t) : sizeof(std::uint32_t);
    Elf32_Nhdr header; // the same in both classes
    while (bytes.size() >= sizeof header) {
        std::memcpy(&header, bytes.data(), sizeof header);
        const std::size_t description = aligned(sizeof header + header.n_namesz, alignment);
        const std::size_t end = aligned(description + header.n_descsz, alignment);
        if (description + header.n_descsz > bytes.size()) {
            return;
        }
        const auto owner = bytes.substr(sizeof header, header.n_namesz);
        notes.push_back({std::string(owner.substr(0, owner.find('\0'))), header.n_type,
                         std::string(bytes.substr(description, header.n_descsz))});
        bytes.remove_prefix(std::min(end, bytes.size()));
    }
}

template <typename Class>
class Reader {
  public:
    explicit Reader(const Fd& file) : file_(file) {}

    std::optional<ElfObject> read() {
        const auto headers = recordsAt<typename Class::Header>(file_, 0, 1);
        if (headers.empty() || headers[0].e_phentsize != sizeof(typename Class::Segment) ||
            headers[0].e_phnum > kMostSegments) {
            return std::nullopt;
        }
        const auto& header = headers[0];
        segments_ = recordsAt<typename Class::Segment>(file_, header.e_phoff, header.e_phnum);
        if (segments_.size() != header.e_phnum) {
            return std::nullopt;
        }
        ElfObject object;
        object.is32Bit = sizeof header == sizeof(Elf32_Ehdr);
        object.machine = header.e_machine;
        object.startsAlone =
            (header.e_type == ET_EXEC || header.e_type == ET_DYN) && !segments_.empty() &&
            std::ranges::find(segments_, PT_INTERP, &Class::Segment::p_type) == segments_.end();
        for (const auto& segment : segments_) {
            if (segment.p_type == PT_DYNAMIC) {
                object.soname = sonameOf(segment);
            } else if (segment.p_type == PT_NOTE) {
                readNotes(file_, segment.p_offset, segment.p_filesz, segment.p_align, object.notes);
            }
        }
        return object;
    }

    [[nodiscard]] std::vector<ElfNote> notesOf(std::string_view name) const {
        using Section = typename Class::Section;
        const auto headers = recordsAt<typename Class::Header>(file_, 0, 1);
        if (headers.empty() || headers[0].e_shentsize != sizeof(Section) ||
            headers[0].e_shnum > kMostSections || headers[0].e_shstrndx >= headers[0].e_shnum) {
            return {};
        }
        const auto sections = recordsAt<Section>(file_, headers[0].e_shoff, headers[0].e_shnum);
        std::vector<ElfNote> notes;
        if (sections.size() != headers[0].e_shnum) {
            return notes;
        }
        const auto& table = sections[headers[0].e_shstrndx];
        const std::string names =
            bytesAt(file_, table.sh_offset, std::min<std::size_t>(table.sh_size, kLargestSection));
        for (const auto& section : sections) {
            if (section.sh_name < names.size() && names.c_str() + section.sh_name == name) {
                readNotes(file_, section.sh_offset, section.sh_size, section.sh_addralign, notes);
            }
        }
        return notes;
    }

  private:
    /// Where the byte of that address lies in the file.
    [[nodiscard]] std::optional<std::uint64_t> offsetOf(std::uint64_t address) const {
        const auto segment = std::ranges::find_if(segments_, [&](const auto& candidate) {
            return candidate.p_type == PT_LOAD && address >= candidate.p_vaddr &&
                   address - candidate.p_vaddr < candidate.p_filesz;
        });
        return segment == segments_.end()
                   ? std::nullopt
                   : std::optional<std::uint64_t>(segment->p_offset + (address - segment->p_vaddr));
    }

    [[nodiscard]] std::string sonameOf(const typename Class::Segment& dynamic) const {
        using Entry = typename Class::Dynamic;
        std::optional<std::uint64_t> name;
        std::optional<std::uint64_t> strings;
        const std::size_t size = std::min<std::size_t>(dynamic.p_filesz, kLargestSection);
        for (const Entry& entry : recordsAt<Entry>(file_, dynamic.p_offset, size / sizeof(Entry))) {
            if (entry.d_tag == DT_SONAME) {
                name = entry.d_un.d_val;
            } else if (entry.d_tag == DT_STRTAB) {
                strings = offsetOf(entry.d_un.d_ptr);
            }
        }
        if (!name || !strings) {
            return {};
        }
        const std::string text = bytesAt(file_, *strings + *name, kLongestName + 1);
        const auto end = text.find('\0');
        return end == std::string::npos ? std::string{} : text.substr(0, end);
    }

    const Fd& file_;
    std::vector<typename Class::Segment> segments_;
};

/// What `work` makes of the reader of the file's class; an empty value for no such object.
template <typename Result, typename Work>
Result readWith(const Fd& file, const Work& work) {
    const std::string identity = bytesAt(file, 0, EI_NIDENT);
    if (identity.size() != EI_NIDENT || !identity.starts_with(ELFMAG) ||
        identity[EI_DATA] != ELFDATA2LSB) {
        return {};
    }
    switch (identity[EI_CLASS]) {
    case ELFCLASS32:
        return work(Reader<Class32>(file));
    case ELFCLASS64:
        return work(Reader<Class64>(file));
    default:
        return {};
    }
}

} // namespace

std::optional<ElfObject> readElfObject(const Fd& file) {
    return readWith<std::optional<ElfObject>>(file, [](auto&& reader) { return reader.read(); });
}

std::vector<ElfNote> notesOfSection(const Fd& file, std::string_view section) {
    return readWith<std::vector<ElfNote>>(
        file, [&](const auto& reader) { return reader.notesOf(section); });
}

std::optional<std::array<std::uint32_t, 3>> kernelAbi(const ElfObject& object) {
    // The description: the operating system, 0 for Linux, and three numbers.
    std::array<std::uint32_t, 4> words{};
    const auto note = std::ranges::find_if(object.notes, [&](const ElfNote& candidate) {
        return candidate.owner == ELF_NOTE_GNU && candidate.type == NT_GNU_ABI_TAG &&
               candidate.description.size() == sizeof words;
    });
    if (note == object.notes.end()) {
        return std::nullopt;
    }
    std::memcpy(words.data(), note->description.data(), sizeof words);
    return std::array{words[1], words[2], words[3]};
}

} // namespace host
