#include "precompile/package/mkprecompiled.h"

#include "host/base/error.h"
#include "precompile/package/driver_version.h"
#include "precompile/package/package_identity.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <fmt/format.h>
#include <set>
#include <string_view>

namespace precompile {

namespace {

constexpr std::string_view kMagic = "\aNVIDIA\a";
constexpr std::uint32_t kVersion = 2;
constexpr std::string_view kFileStart = "FILE";
constexpr std::string_view kFileEnd = "END.";
/// A file with empty strings and no bytes: start, 12 numbers, end.
constexpr std::size_t kSmallestFile =
    kFileStart.size() + 12 * sizeof(std::uint32_t) + kFileEnd.size();
constexpr std::uint32_t kAttributes = MkprecompiledFile::kDetachedSignature |
                                      MkprecompiledFile::kLinkedModuleCrc |
                                      MkprecompiledFile::kEmbeddedSignature;

std::string_view asText(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

class Reader {
  public:
    Reader(std::span<const std::byte> bytes, const std::string& origin)
        : rest_(bytes), origin_(origin) {}

    [[noreturn]] void refuse(const std::string& reason) const {
        throw host::Error(
            host::Fault::Verification,
            fmt::format("{} is no sound package of mkprecompiled: {}{}", origin_, member_, reason),
            "Make or fetch it again, or build a package with {command:update}.");
    }
    /// From now on, what is wrong is wrong with this one; empty: with the package.
    void enter(const std::string& member) { member_ = member.empty() ? "" : member + ": "; }
    std::span<const std::byte> take(std::size_t size, std::string_view what) {
        if (size > rest_.size()) {
            refuse(fmt::format("{} has {} bytes, but {} are left", what, size, rest_.size()));
        }
        const auto part = rest_.first(size);
        rest_ = rest_.subspan(size);
        return part;
    }
    std::uint32_t number(std::string_view what) {
        std::uint32_t value = 0;
        unsigned shift = 0;
        for (const std::byte byte : take(4, what)) {
            value |= std::to_integer<std::uint32_t>(byte) << shift;
            shift += 8;
        }
        return value;
    }
    std::span<const std::byte> bytes(std::string_view what) { return take(number(what), what); }
    /// Text that may be printed.
    std::string text(std::string_view what) {
        const std::string_view value = asText(bytes(what));
        if (std::ranges::any_of(value, [](unsigned char c) { return c < ' ' || c == 0x7f; })) {
            refuse(fmt::format("{} has control characters", what));
        }
        return std::string(value);
    }
    void expect(std::string_view word) {
        if (asText(take(word.size(), word)) != word) {
            refuse(fmt::format("'{}' is not where it has to be", word));
        }
    }
    void expectNumber(std::uint32_t wanted, std::string_view what) {
        if (const std::uint32_t is = number(what); is != wanted) {
            refuse(fmt::format("{} is {}, not {}", what, is, wanted));
        }
    }
    [[nodiscard]] std::size_t left() const { return rest_.size(); }

  private:
    std::span<const std::byte> rest_;
    const std::string& origin_;
    std::string member_ = {};
};

/// A relative path that stays below the directory it is used in.
bool staysBelow(const std::string& text) {
    const std::filesystem::path path(text);
    return !path.is_absolute() &&
           std::ranges::none_of(path, [](const auto& part) { return part == ".."; });
}

bool isFileName(const std::string& text) {
    constexpr std::size_t kLongest = 200; // a file system takes 255, with what is put behind it
    return !text.empty() && text.size() <= kLongest && text != "." && text != ".." &&
           text.find('/') == std::string::npos;
}

void checkNames(const MkprecompiledFile& file, const Reader& reader) {
    const bool interface = file.type == MkprecompiledFile::Type::Interface;
    if (!isFileName(file.name)) {
        reader.refuse(fmt::format("'{}' is no file name", file.name));
    }
    if (!isFileName(file.module()) || !file.module().ends_with(".ko")) {
        reader.refuse(
            fmt::format("{} makes '{}', which is no module's name", file.name, file.module()));
    }
    if (!staysBelow(file.core) || file.core.empty() == interface) {
        reader.refuse(fmt::format("{} has the core object '{}'", file.name, file.core));
    }
    if (!staysBelow(file.targetDirectory)) {
        reader.refuse(fmt::format("{} has the target directory '{}', which leaves the driver's",
                                  file.name, file.targetDirectory));
    }
}

void checkAttributes(const MkprecompiledFile& file, const Reader& reader) {
    if ((file.attributes & ~kAttributes) != 0) {
        reader.refuse(fmt::format("{} has unknown attributes ({:#x})", file.name, file.attributes));
    }
    const bool wants = (file.attributes & MkprecompiledFile::kDetachedSignature) != 0;
    if (wants == file.signature.empty()) {
        reader.refuse(fmt::format("{} {}", file.name,
                                  wants ? "lacks the signature that its attributes announce"
                                        : "has a signature that its attributes do not announce"));
    }
}

MkprecompiledFile readFile(Reader& reader, std::uint32_t sequence) {
    MkprecompiledFile file;
    reader.enter(fmt::format("file {}", sequence));
    reader.expect(kFileStart);
    reader.expectNumber(sequence, "a file's number");
    const std::uint32_t type = reader.number("a file's type");
    if (type > static_cast<std::uint32_t>(MkprecompiledFile::Type::Module)) {
        reader.refuse(fmt::format("it has the unknown type {}", type));
    }
    file.type = static_cast<MkprecompiledFile::Type>(type);
    file.attributes = reader.number("a file's attributes");
    file.name = reader.text("a file's name");
    reader.enter(fmt::format("file {}, {}", sequence, file.name));
    file.linkedModule = reader.text("a linked module's name");
    file.core = reader.text("a core object's name");
    file.targetDirectory = reader.text("a target directory");
    const std::uint32_t crc = reader.number("a file's CRC");
    file.data = reader.bytes(fmt::format("the content of {}", file.name));
    reader.expectNumber(crc, fmt::format("the second CRC of {}", file.name));
    file.linkedCrc = reader.number("a linked module's CRC");
    file.signature = reader.bytes(fmt::format("the signature of {}", file.name));
    reader.expectNumber(sequence, fmt::format("the second number of {}", file.name));
    reader.expect(kFileEnd);
    checkNames(file, reader);
    checkAttributes(file, reader);
    if (mkprecompiledCrc(file.data) != crc) {
        reader.refuse(
            fmt::format("the content of {} does not have the CRC {:08x}", file.name, crc));
    }
    reader.enter("");
    return file;
}

void appendNumber(std::string& out, std::size_t value) {
    for (unsigned shift = 0; shift < 32; shift += 8) {
        out += static_cast<char>(value >> shift);
    }
}

void appendBytes(std::string& out, std::string_view bytes) {
    appendNumber(out, bytes.size());
    out += bytes;
}

} // namespace

bool isMkprecompiled(std::span<const std::byte> bytes) {
    return asText(bytes).starts_with(kMagic);
}

Mkprecompiled readMkprecompiled(std::span<const std::byte> bytes, const std::string& origin) {
    Reader reader(bytes, origin);
    reader.expect(kMagic);
    reader.expectNumber(kVersion, "the format's version");
    Mkprecompiled package;
    package.driver = reader.text("the driver's version");
    if (!isDriverVersion(package.driver) || !isNamePart(package.driver)) {
        reader.refuse("the driver's version is no number such as 535.261.03");
    }
    package.description = reader.text("the description");
    package.procVersion = reader.text("the kernel's version");
    const std::uint32_t count = reader.number("the number of files");
    if (count == 0 || count > reader.left() / kSmallestFile) {
        reader.refuse(
            fmt::format("it says that it holds {} files in {} bytes", count, reader.left()));
    }
    std::set<std::string> modules;
    for (std::uint32_t sequence = 0; sequence < count; ++sequence) {
        package.files.push_back(readFile(reader, sequence));
        if (!modules.insert(package.files.back().module()).second) {
            reader.refuse(fmt::format("it has the module {} twice", package.files.back().module()));
        }
    }
    if (reader.left() != 0) {
        reader.refuse(fmt::format("{} bytes follow its last file", reader.left()));
    }
    return package;
}

std::string writeMkprecompiled(const Mkprecompiled& package) {
    std::string out(kMagic);
    appendNumber(out, kVersion);
    appendBytes(out, package.driver);
    appendBytes(out, package.description);
    appendBytes(out, package.procVersion);
    appendNumber(out, package.files.size());
    for (std::size_t sequence = 0; sequence < package.files.size(); ++sequence) {
        const MkprecompiledFile& file = package.files[sequence];
        const std::uint32_t crc = mkprecompiledCrc(file.data);
        out += kFileStart;
        appendNumber(out, sequence);
        appendNumber(out, static_cast<std::uint32_t>(file.type));
        appendNumber(out, file.attributes);
        appendBytes(out, file.name);
        appendBytes(out, file.linkedModule);
        appendBytes(out, file.core);
        appendBytes(out, file.targetDirectory);
        appendNumber(out, crc);
        appendBytes(out, asText(file.data));
        appendNumber(out, crc);
        appendNumber(out, file.linkedCrc);
        appendBytes(out, asText(file.signature));
        appendNumber(out, sequence);
        out += kFileEnd;
    }
    return out;
}

std::uint32_t mkprecompiledCrc(std::span<const std::byte> bytes) {
    static constexpr auto kTable = [] {
        std::array<std::uint32_t, 256> table{};
        for (std::uint32_t i = 0; i < table.size(); ++i) {
            table[i] = i << 24U;
            for (int bit = 0; bit < 8; ++bit) {
                table[i] = (table[i] << 1U) ^ ((table[i] >> 31U) != 0 ? 0x04C11DB7U : 0U);
            }
        }
        return table;
    }();
    std::uint32_t crc = ~0U;
    for (const std::byte byte : bytes) {
        crc = (crc << 8U) ^ kTable[(crc >> 24U) ^ std::to_integer<std::uint32_t>(byte)];
    }
    return crc;
}

} // namespace precompile
