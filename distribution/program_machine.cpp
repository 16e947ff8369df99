#include "distribution/program_machine.h"

#include "host/base/error.h"
#include "host/base/fd.h"

#include <algorithm>
#include <array>
#include <elf.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace distribution {

std::optional<std::string> machineOfProgram(const host::Rooted& root,
                                            const std::filesystem::path& path) {
    const host::Fd file = root.openIfThere(path, O_RDONLY);
    std::array<unsigned char, EI_NIDENT + 2 * sizeof(Elf64_Half)> header{};
    if (!file ||
        ::pread(file.get(), header.data(), header.size(), 0) !=
            static_cast<ssize_t>(header.size()) ||
        !std::equal(header.begin(), header.begin() + SELFMAG, ELFMAG)) {
        return std::nullopt;
    }
    constexpr unsigned kByte = 8;
    const unsigned machine = header[EI_NIDENT + sizeof(Elf64_Half)] |
                             unsigned{header[EI_NIDENT + sizeof(Elf64_Half) + 1]} << kByte;
    return machine == EM_X86_64    ? "x86_64"
           : machine == EM_AARCH64 ? "aarch64"
                                   : fmt::format("ELF machine {}", machine);
}

void requireOwnMachine(const Target& target, const std::string& own) {
    if (target.architecture != own) {
        throw host::Error(
            host::Fault::NotLoadable,
            fmt::format("modules for {} {} are compiled by programs for {}, which this machine, "
                        "{}, does not run",
                        target.osId, target.osRelease, target.architecture, own),
            fmt::format("Run the command on a machine that is {}. Where an emulator runs such "
                        "programs (binfmt_misc), try it all the same with {{force}}.",
                        target.architecture));
    }
}

} // namespace distribution
