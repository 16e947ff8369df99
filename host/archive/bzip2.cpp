#include "host/archive/bzip2.h"

#include "host/archive/sparse_file.h"
#include "host/base/error.h"
#include "host/base/fd.h"
#include "host/base/threads.h"
#include "host/process/process.h"
#include "host/process/signals.h"

#include <algorithm>
#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <memory>
#include <span>
#include <unistd.h>

namespace host {

namespace {

constexpr std::size_t kBlock = 64 << 10;

/// What both decoders do with the bytes.
void take(SparseWriter& writer, std::span<const char> data, const DecompressOptions& options) {
    writer.write(std::as_bytes(data));
    if (options.onProgress) {
        options.onProgress(writer.size());
    }
    if (options.stop != nullptr) {
        options.stop->throwIfPending();
    }
}

/// Empty: it is not installed.
std::string findLbzip2() {
    for (const char* program : {"/usr/bin/lbzip2", "/usr/local/bin/lbzip2", "/bin/lbzip2"}) {
        if (::access(program, X_OK) == 0) {
            return program;
        }
    }
    return "";
}

void decodeInParallel(const std::string& lbzip2, const std::filesystem::path& input,
                      SparseWriter& writer, const DecompressOptions& options) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) {
        throwErrno("create", "a pipe");
    }
    const Fd read(ends[0]);
    Fd write(ends[1]);
    const unsigned threads = threadsOf(options.threads);
    std::string complaints;
    Process process(
        {.argv = {lbzip2, "-dc", "-n", std::to_string(threads), input.string()},
         .output = write.get(),
         .onLine = [&](std::string_view line) { complaints.append(line).append(" "); }});
    write.reset();
    std::vector<char> buffer(kBlock * 16);
    for (;;) {
        // Whole blocks, so that zeros are found whatever pieces the pipe delivers.
        std::size_t filled = 0;
        ssize_t count = 1;
        while (filled < buffer.size() && count != 0) {
            count = ::read(read.get(), buffer.data() + filled, buffer.size() - filled);
            if (count < 0 && errno != EINTR) {
                throwErrno("read the output of", "lbzip2");
            }
            filled += static_cast<std::size_t>(std::max<ssize_t>(count, 0));
        }
        if (filled == 0) {
            break;
        }
        take(writer, std::span(buffer).first(filled), options);
    }
    const ExitStatus status = process.wait(options.stop);
    if (!status.success()) {
        throw Error(fmt::format("cannot decompress {}: {} ({})", input.string(), complaints,
                                status.describe()));
    }
}

void decodeAlone(const std::filesystem::path& input, SparseWriter& writer,
                 const DecompressOptions& options) {
    const std::unique_ptr<archive, decltype(&archive_read_free)> handle(archive_read_new(),
                                                                        &archive_read_free);
    archive_entry* entry = nullptr;
    const auto check = [&](la_ssize_t result) {
        if (result < 0) {
            const char* cause = archive_error_string(handle.get());
            throw Error(fmt::format("cannot decompress {}: {}", input.string(),
                                    cause == nullptr ? "damaged data" : cause));
        }
        return result;
    };
    check(archive_read_support_filter_bzip2(handle.get()));
    check(archive_read_support_format_raw(handle.get()));
    check(archive_read_open_filename(handle.get(), input.c_str(), kBlock));
    check(archive_read_next_header(handle.get(), &entry));
    const void* data = nullptr;
    std::size_t size = 0;
    la_int64_t offset = 0;
    while (check(archive_read_data_block(handle.get(), &data, &size, &offset)) != ARCHIVE_EOF) {
        take(writer, {static_cast<const char*>(data), size}, options);
    }
}

} // namespace

void decompressBzip2(const std::filesystem::path& input, const std::filesystem::path& output,
                     const DecompressOptions& options) {
    SparseWriter writer(output);
    if (const std::string lbzip2 = findLbzip2(); !lbzip2.empty()) {
        decodeInParallel(lbzip2, input, writer, options);
    } else {
        decodeAlone(input, writer, options);
    }
    writer.finish();
}

} // namespace host
