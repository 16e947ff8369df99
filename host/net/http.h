/// HTTP(S) downloads through libcurl.
///
/// Guarantees: a transfer that breaks is resumed where it stopped (Range + If-Range, so that a file
/// that changed meanwhile starts again); transient errors (connection, time-out, 408, 429, 5xx) are
/// retried with exponential back-off and jitter, Retry-After respected; 4xx are errors at once; a
/// transfer below the stall limit is broken off and tried again; redirects are followed, https
/// never to http; proxies by the usual environment variables. Failures throw Error with URL, cause
/// (HTTP status or libcurl's words) and remedy.
///
/// No server can hold a caller for ever: a call, all its attempts together, takes at most `grace`
/// and, for each byte that it brought, the time that the slowest allowed rate needs. Nor can one
/// fill memory or disk: bodies, headers and what is not wanted are bounded.
#pragma once

#include "host/base/address.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
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
    std::function<void(const TransferProgress&)> onProgress = {};
    std::function<void(const std::string&)> onRetry =
        {}; ///< a sentence: what failed, when it goes on
};

class HttpClient {
  public:
    explicit HttpClient(HttpOptions options);

    /// The body of a small document, at most `limit` bytes. Nothing on 404 and 410.
    std::optional<std::string> get(const Address& url, std::size_t limit = 16 << 20);

    /// Downloads into `file`, going on where an earlier attempt or an earlier process left
    /// `<file>.part` (with `<file>.part.etag` beside it as the validator). When complete and
    /// fsynced, renames it to `file`. False on 404 and 410. The `.part` survives failures: the next
    /// call goes on from it. More than `limit` bytes are an Error as soon as the server announces
    /// them, else when they come; then nothing is left.
    bool download(const Address& url, const std::filesystem::path& file, std::uint64_t limit);

  private:
    HttpOptions options_;
};

} // namespace host
