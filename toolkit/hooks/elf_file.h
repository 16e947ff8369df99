/// An ELF file of somebody's, looked at without any of it being trusted: 64 bit, little endian.
///
/// Reads what it is asked for and no more, with pread(2): a library may be large. What is no such
/// file, or says what cannot be, has nothing of what is asked for. Throws SystemError when it
/// cannot be read.
#pragma once

#include "host/base/fd.h"

#include <cstdint>
#include <elf.h>
#include <optional>
#include <string>
#include <string_view>

namespace toolkit {

class ElfFile {
  public:
    /// `object` names it in errors. `file` has to live on.
    ElfFile(const host::Fd& file, std::string object);

    /// Whether the kernel can start it alone: a program that names no interpreter.
    [[nodiscard]] bool isStaticProgram() const;

    /// What the note section's first note says, when it is `owner`'s.
    [[nodiscard]] std::optional<std::string> note(std::string_view section,
                                                  std::string_view owner) const;

  private:
    template <typename Type>
    [[nodiscard]] std::optional<Type> at(std::uint64_t offset) const;
    [[nodiscard]] std::string bytes(std::uint64_t offset, std::uint64_t size) const;
    [[nodiscard]] std::optional<Elf64_Shdr> section(std::string_view name) const;

    const host::Fd& file_;
    std::string object_;
    std::optional<Elf64_Ehdr> header_; ///< nothing: it is no ELF file
};

} // namespace toolkit
