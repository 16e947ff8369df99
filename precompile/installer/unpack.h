/// Unpacks NVIDIA's .run into a root, without running any of it.
///
/// First the whole file has to have its SHA-256; then its header, the names of all members and its
/// manifest are read, and the layout is decided (layout.h), before anything is written. What is
/// wanted is unpacked into a directory beside, in the root, and moved from there when all of it is
/// right: first what lies outside of usr/src/nvidia-<V>, then the linker's cache is made, then that
/// directory appears. So whoever looks there finds a whole driver or none; a kill leaves at most
/// whole files of it elsewhere, and the next call goes on over them. What the root has already
/// stays: other files in these places are an Error before anything is moved. Links in the root are
/// followed inside it.
///
/// Needs twice the time of decompressing and once the space of what is placed. Faults: Usage (the
/// machine), Verification (digest, or a file that is malformed or hostile), Failed.
#pragma once

#include "host/base/observer.h"
#include "precompile/package/flavour.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace precompile {

struct UnpackRequest {
    std::filesystem::path file;
    std::string name;   ///< of the file, in errors and reports
    std::string sha256; ///< as sha256sum(1) writes it
    std::filesystem::path root;
    std::string machine; ///< as `uname -m` prints it: what the file has to be for
};

struct UnpackedDriver {
    std::string driver;
    std::string machine;
    std::vector<Flavour> flavours;
    std::size_t files = 0;
    std::size_t links = 0;
    std::uint64_t bytes = 0;
    std::size_t leftOut = 0;     ///< lines of the manifest of which nothing is placed
    bool hasLinkerCache = false; ///< only the machine itself can make it
};

/// The observer's progress may throw to end the work: then nothing is left.
UnpackedDriver unpackRunFile(const UnpackRequest& request, const host::Observer& observer);

} // namespace precompile
