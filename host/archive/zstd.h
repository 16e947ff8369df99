/// zstd, with or without a prefix (the "patch from" mode that makes deltas).
///
/// Works on whole buffers, so that neither direction needs a window of its own (up to 128 MiB)
/// beside input, output and prefix; none of them is copied. A frame is written with content size
/// and checksum. Damaged input is an Error, and so is a frame that holds more or less than is
/// asked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace host {

/// `level` 1…22. Input and prefix must not overlap in memory. With a prefix the window covers
/// prefix and input (window log up to 27: 128 MiB); more is an Error.
std::string zstdCompress(std::span<const std::byte> input, std::span<const std::byte> prefix,
                         int level);

/// The most bytes that a frame of `size` bytes of content can have.
std::uint64_t zstdBound(std::uint64_t size);

/// Exactly one frame has to fill `input`, and its content `output`. `object` names it in errors.
void zstdDecompress(std::span<const std::byte> input, std::span<const std::byte> prefix,
                    std::span<std::byte> output, const std::string& object);

} // namespace host
