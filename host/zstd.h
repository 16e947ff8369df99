/// zstd, with or without a prefix (the "patch from" mode that makes deltas).
///
/// Both directions stream through libzstd with bounded memory: output goes to a sink in pieces; the
/// prefix is only referenced, never copied. A frame is written with content size and checksum.
/// Damaged input is an Error; decompression stops with an Error once more than `limit` bytes would
/// come out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

namespace host {

using ByteSink = std::function<void(std::span<const std::byte>)>;

/// `level` 1…22. Input and prefix must not overlap in memory. With a prefix the window covers
/// prefix and input (window log up to 27: 128 MiB); more is an Error.
std::string zstdCompress(std::span<const std::byte> input, std::span<const std::byte> prefix,
                         int level);

/// Exactly one frame has to fill `input`. `object` names it in errors.
void zstdDecompress(std::span<const std::byte> input, std::span<const std::byte> prefix,
                    std::uint64_t limit, const ByteSink& sink, const std::string& object);

} // namespace host
