/// Packages of NVIDIA's mkprecompiled, format version 2: kernel interface objects that somebody has
/// yet to link with the driver's core, and whole modules. docs/mkprecompiled.md describes the
/// bytes.
///
/// Pure: bytes in, values out; no file is touched. The reader is strict: what it returns lies
/// within the bytes, has the CRC that the package says, and has names that are plain file names.
/// Anything else is host::Error(Fault::Verification) that names the package and the field.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace precompile {

struct MkprecompiledFile {
    enum class Type : std::uint32_t {
        Interface = 0, ///< becomes a module by linking it with a core
        Module = 1,    ///< is one
    };
    /// Bits of `attributes`.
    static constexpr std::uint32_t kDetachedSignature = 1;
    static constexpr std::uint32_t kLinkedModuleCrc = 2;
    static constexpr std::uint32_t kEmbeddedSignature = 4;

    Type type = Type::Module;
    std::uint32_t attributes = 0;
    std::string name = {};                ///< "nv-linux.o", "nvidia-uvm.ko"
    std::string linkedModule = {};        ///< of an interface: "nvidia.ko"
    std::string core = {};                ///< of an interface: "nvidia/nv-kernel.o_binary"
    std::string targetDirectory = ".";    ///< means nothing here
    std::span<const std::byte> data = {}; ///< of the bytes that were read
    std::uint32_t linkedCrc = 0;          ///< with kLinkedModuleCrc
    std::span<const std::byte> signature = {};

    /// The file name of the module that it is or becomes.
    [[nodiscard]] const std::string& module() const {
        return type == Type::Interface ? linkedModule : name;
    }
};

struct Mkprecompiled {
    std::string driver;
    std::string description; ///< the kernel's release, where the driver container made it
    std::string procVersion; ///< /proc/version of the kernel, or empty
    std::vector<MkprecompiledFile> files;
};

/// Whether the bytes start as such a package does.
bool isMkprecompiled(std::span<const std::byte> bytes);

/// `origin` names the package in errors. The result refers to `bytes`.
Mkprecompiled readMkprecompiled(std::span<const std::byte> bytes, const std::string& origin);

std::string writeMkprecompiled(const Mkprecompiled& package);

/// CRC-32/MPEG-2: polynomial 0x04C11DB7, most significant bit first, from ~0, nothing reflected.
std::uint32_t mkprecompiledCrc(std::span<const std::byte> bytes);

} // namespace precompile
