#include "precompile/installer/run_file.h"

#include "host/base/error.h"
#include "host/base/text.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <optional>
#include <string_view>
#include <unistd.h>

namespace precompile {

namespace {

constexpr std::size_t kScript = 64 << 10;        ///< bytes in which all that is read of it stands
constexpr std::uint64_t kMostHeader = 16U << 20; ///< script and decompressor: under 1 MB in fact
constexpr std::uint64_t kMostLines = 1'000'000;

struct Magic {
    std::size_t offset;
    std::string_view bytes;
};

using namespace std::string_view_literals;
constexpr Magic kPayloads[] = {
    {0, "\x1f\x8b"sv}, // gzip
    {0, "\xfd"
        "7zXZ\0"sv},           // xz
    {0, "\x28\xb5\x2f\xfd"sv}, // zstd
    {257, "ustar"sv},          // tar
};

[[noreturn]] void refuse(const std::string& name, std::string_view cause) {
    throw host::Error(host::Fault::Verification, fmt::format("{} {}", name, cause),
                      "Give a driver's file as NVIDIA publishes it, NVIDIA-Linux-<machine>-"
                      "<version>.run, with the SHA-256 of that file.");
}

std::string readAt(const host::Fd& file, const std::string& name, std::uint64_t offset,
                   std::size_t size) {
    std::string bytes(size, '\0');
    std::size_t done = 0;
    while (done < size) {
        const ssize_t count = ::pread(file.get(), bytes.data() + done, size - done,
                                      static_cast<off_t>(offset + done));
        if (count < 0) {
            host::throwErrno("read", name);
        }
        if (count == 0) {
            break;
        }
        done += static_cast<std::size_t>(count);
    }
    bytes.resize(done);
    return bytes;
}

/// What stands behind `before` in the first line that begins so, up to `until`.
std::optional<std::string> valueOf(std::string_view script, std::string_view before,
                                   std::string_view until) {
    const std::string line = fmt::format("\n{}", before);
    const auto found = script.find(line);
    if (found == std::string_view::npos) {
        return std::nullopt;
    }
    const auto value = script.substr(found + line.size());
    return std::string(value.substr(0, value.find_first_of(until)));
}

/// A value of the shell, quoted or not.
std::string wordOf(std::string_view script, std::string_view variable) {
    auto value = valueOf(script, fmt::format("{}=", variable), "\n").value_or("");
    std::erase(value, '"');
    return value;
}

/// How many lines come before the payload.
std::uint64_t linesBefore(std::string_view script, const std::string& name) {
    const auto skip = valueOf(script, "skip=", "\n");
    const auto head = valueOf(script, "offset=`head -n ", " ");
    if (!skip && !head) {
        refuse(name, "is no .run file: its script does not say where its payload begins");
    }
    const auto number = host::toNumber<std::uint64_t>(skip ? *skip : *head);
    if (!number || *number < 2 || *number > kMostLines) {
        refuse(name,
               fmt::format("says that its payload begins at line '{}'", skip ? *skip : *head));
    }
    return skip ? *number - 1 : *number;
}

/// Where line `lines` + 1 begins.
std::uint64_t endOfLines(const host::Fd& file, const std::string& name, std::uint64_t lines) {
    std::uint64_t offset = 0;
    std::uint64_t left = lines;
    while (offset < kMostHeader) {
        const std::string bytes = readAt(file, name, offset, kScript);
        if (bytes.empty()) {
            break;
        }
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            if (bytes[i] == '\n' && --left == 0) {
                return offset + i + 1;
            }
        }
        offset += bytes.size();
    }
    refuse(name, fmt::format("is cut off, or its script lies: its payload is said to begin behind "
                             "{} lines, and there are {} in {} bytes",
                             lines, lines - left, offset));
}

} // namespace

RunFile readRunFile(const host::Fd& file, const std::string& name) {
    const std::string script = readAt(file, name, 0, kScript);
    if (!script.starts_with("#!")) {
        refuse(name, "is no .run file: it does not begin with a script");
    }
    const std::uint64_t lines = linesBefore(script, name);
    RunFile found{.payload = endOfLines(file, name, lines),
                  .machine = wordOf(script, "TARGET_ARCH"),
                  .label = wordOf(script, "label")};
    constexpr std::size_t kTarHeader = 512;
    const std::string start = readAt(file, name, found.payload, kTarHeader);
    const bool isPayload = std::ranges::any_of(kPayloads, [&](const Magic& magic) {
        return start.size() >= magic.offset &&
               std::string_view(start).substr(magic.offset).starts_with(magic.bytes);
    });
    if (!isPayload) {
        refuse(name,
               fmt::format("says that its payload begins at byte {}, and no tar begins there, "
                           "plain or compressed by gzip, xz or zstd",
                           found.payload));
    }
    return found;
}

} // namespace precompile
