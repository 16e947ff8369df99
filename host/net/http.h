/// How servers are talked to: what every request of the program has in common.
///
/// Made once from the settings and given to whatever fetches: mirrors, package sources, registries.
/// Proxies come from the usual environment variables, which libcurl reads itself.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

namespace host {

class SignalSet;

struct TransferProgress {
    std::uint64_t done = 0;  ///< bytes on disk, resumed ones included
    std::uint64_t total = 0; ///< 0 when unknown
};

struct HttpOptions {
    int attempts = 5; ///< per URL, consecutive ones that bring less than 64 KiB
    std::chrono::milliseconds firstDelay{500}; ///< doubles each time
    std::chrono::milliseconds longestDelay{15000};
    std::chrono::seconds connectTimeout{20};
    std::chrono::seconds stallTime{30};             ///< broken off after this long …
    std::uint64_t stallBytesPerSecond = 1024;       ///< … below this rate
    std::chrono::seconds grace{60};                 ///< for a whole call …
    std::uint64_t slowestBytesPerSecond = 32 << 10; ///< … and for what it brings
    std::filesystem::path caFile = {};              ///< instead of the system's certificates
    SignalSet* stop = nullptr; ///< a pending signal ends the transfer with Interrupted
    std::function<void(const TransferProgress&)> onProgress = {}; ///< of downloads to files
    /// A sentence: what failed, when it goes on.
    std::function<void(const std::string&)> onRetry = {};
};

} // namespace host
