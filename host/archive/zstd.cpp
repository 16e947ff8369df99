#include "host/archive/zstd.h"

#include "host/base/error.h"

#include <fmt/format.h>
#include <memory>
#include <zstd.h>

namespace host {

namespace {

constexpr int kLargestWindowLog = 27;

std::size_t check(std::size_t result, std::string_view operation, const std::string& object) {
    if (ZSTD_isError(result) != 0) {
        throw Error(fmt::format("cannot {} {}: {}", operation, object, ZSTD_getErrorName(result)));
    }
    return result;
}

/// The smallest window that reaches from the end of the input back to the start of the prefix.
int windowLogFor(std::uint64_t bytes) {
    int log = 10;
    while (log < 63 && (std::uint64_t{1} << log) < bytes) {
        ++log;
    }
    return log;
}

} // namespace

std::string zstdCompress(std::span<const std::byte> input, std::span<const std::byte> prefix,
                         int level) {
    const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context(ZSTD_createCCtx(),
                                                                       &ZSTD_freeCCtx);
    const auto set = [&](ZSTD_cParameter parameter, int value) {
        check(ZSTD_CCtx_setParameter(context.get(), parameter, value), "set up", "compression");
    };
    set(ZSTD_c_compressionLevel, level);
    set(ZSTD_c_checksumFlag, 1);
    if (!prefix.empty()) {
        // The window may be smaller than prefix and input together: what the input is compared to
        // then moves along with it.
        set(ZSTD_c_windowLog,
            std::min(kLargestWindowLog, windowLogFor(prefix.size() + input.size())));
        set(ZSTD_c_enableLongDistanceMatching, 1);
        check(ZSTD_CCtx_refPrefix(context.get(), prefix.data(), prefix.size()), "set up",
              "compression");
    }
    // Not std::string: it would write, and so occupy, a whole module's size of zeros first.
    const std::size_t bound = ZSTD_compressBound(input.size());
    const auto output = std::make_unique_for_overwrite<char[]>(bound);
    const std::size_t size =
        check(ZSTD_compress2(context.get(), output.get(), bound, input.data(), input.size()),
              "compress", "data");
    return {output.get(), size};
}

std::uint64_t zstdBound(std::uint64_t size) {
    return ZSTD_compressBound(size);
}

void zstdDecompress(std::span<const std::byte> input, std::span<const std::byte> prefix,
                    std::span<std::byte> output, const std::string& object) {
    const auto fail = [&](const std::string& cause) {
        throw Error(fmt::format("cannot decompress {}: {}", object, cause));
    };
    // Before anything is written: a frame that announces another size is refused as it is.
    const std::size_t frame =
        check(ZSTD_findFrameCompressedSize(input.data(), input.size()), "decompress", object);
    if (frame != input.size()) {
        fail(fmt::format("{} bytes follow its end", input.size() - frame));
    }
    if (const auto size = ZSTD_getFrameContentSize(input.data(), input.size());
        size != output.size()) {
        fail(fmt::format("its frame does not announce {} bytes", output.size()));
    }
    const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(ZSTD_createDCtx(),
                                                                       &ZSTD_freeDCtx);
    if (!prefix.empty()) {
        check(ZSTD_DCtx_refPrefix(context.get(), prefix.data(), prefix.size()), "set up",
              "decompression");
    }
    const std::size_t size = check(ZSTD_decompressDCtx(context.get(), output.data(), output.size(),
                                                       input.data(), input.size()),
                                   "decompress", object);
    if (size != output.size()) {
        fail(fmt::format("it holds {} bytes, not {}", size, output.size()));
    }
}

} // namespace host
