#include "host/zstd.h"

#include "host/error.h"

#include <fmt/format.h>
#include <memory>
#include <vector>
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
    std::string output(ZSTD_compressBound(input.size()), '\0');
    output.resize(check(
        ZSTD_compress2(context.get(), output.data(), output.size(), input.data(), input.size()),
        "compress", "data"));
    return output;
}

void zstdDecompress(std::span<const std::byte> input, std::span<const std::byte> prefix,
                    std::uint64_t limit, const ByteSink& sink, const std::string& object) {
    const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(ZSTD_createDCtx(),
                                                                       &ZSTD_freeDCtx);
    check(ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, kLargestWindowLog), "set up",
          "decompression");
    if (!prefix.empty()) {
        check(ZSTD_DCtx_refPrefix(context.get(), prefix.data(), prefix.size()), "set up",
              "decompression");
    }
    std::vector<std::byte> buffer(ZSTD_DStreamOutSize());
    ZSTD_inBuffer in{input.data(), input.size(), 0};
    std::uint64_t total = 0;
    for (std::size_t state = 1; state != 0;) {
        ZSTD_outBuffer out{buffer.data(), buffer.size(), 0};
        const std::size_t before = in.pos;
        state = check(ZSTD_decompressStream(context.get(), &out, &in), "decompress", object);
        total += out.pos;
        if (total > limit) {
            throw Error(
                fmt::format("cannot decompress {}: it holds more than {} bytes", object, limit));
        }
        sink(std::span(buffer).first(out.pos));
        if (state != 0 && out.pos == 0 && in.pos == before) {
            throw Error(fmt::format("cannot decompress {}: it is truncated", object));
        }
    }
    if (in.pos != in.size) {
        throw Error(
            fmt::format("cannot decompress {}: {} bytes follow its end", object, in.size - in.pos));
    }
}

} // namespace host
