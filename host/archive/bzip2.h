/// bzip2 files into sparse files, in parallel where possible.
///
/// lbzip2 does it with all `threads` when it is installed;
/// otherwise libarchive on one. Runs of zeros are not written but seeked over. Input that is
/// truncated or damaged is an Error and leaves no output.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

namespace host {

class SignalSet;

struct DecompressOptions {
    unsigned threads = 0;      ///< 0: one for each processor
    SignalSet* stop = nullptr; ///< a pending signal ends the work with Interrupted
    std::function<void(std::uint64_t written)> onProgress = {}; ///< bytes of output so far
};

/// `output` is an AtomicFile: it appears whole or not at all. A full disk is an Error that names
/// the file system and the bytes needed so far.
void decompressBzip2(const std::filesystem::path& input, const std::filesystem::path& output,
                     const DecompressOptions& options);

} // namespace host
