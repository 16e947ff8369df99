#include "host/http_session.h"

#include "host/error.h"
#include "host/http_retry.h"

#include <algorithm>
#include <cctype>
#include <curl/curl.h>

namespace host {

namespace {

constexpr long kRequestTimeout = 408;
constexpr long kTooManyRequests = 429;
constexpr long kServerError = 500;

using HeaderList = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

struct Collector {
    HttpAnswer answer;
    std::size_t limit;
    bool tooLarge = false;
    SignalSet* stop;
    std::exception_ptr failure = {};
};

std::size_t onBody(char* data, std::size_t /*one*/, std::size_t size, void* context) {
    auto& collector = *static_cast<Collector*>(context);
    if (collector.answer.body.size() + size > collector.limit) {
        collector.tooLarge = true;
        return CURL_WRITEFUNC_ERROR;
    }
    collector.answer.body.append(data, size);
    return size;
}

/// Called for the headers of every answer, those of redirects included: the last one counts.
std::size_t onHeader(char* data, std::size_t /*one*/, std::size_t size, void* context) {
    auto& headers = static_cast<Collector*>(context)->answer.headers;
    const std::string_view line(data, size);
    if (line.starts_with("HTTP/")) {
        headers.clear();
        return size;
    }
    const auto colon = line.find(':');
    if (colon != std::string_view::npos) {
        std::string name(line.substr(0, colon));
        std::ranges::transform(name, name.begin(), [](unsigned char character) {
            return static_cast<char>(std::tolower(character));
        });
        const auto start = line.find_first_not_of(" \t", colon + 1);
        const auto end = line.find_last_not_of(" \t\r\n");
        headers[name] = start == std::string_view::npos || start > end
                            ? ""
                            : std::string(line.substr(start, end - start + 1));
    }
    return size;
}

int onProgress(void* context, curl_off_t /*total*/, curl_off_t /*now*/, curl_off_t /*upTotal*/,
               curl_off_t /*up*/) {
    auto& collector = *static_cast<Collector*>(context);
    try {
        if (collector.stop != nullptr) {
            collector.stop->throwIfPending();
        }
        return 0;
    } catch (...) {
        collector.failure = std::current_exception();
        return 1;
    }
}

void configure(CURL* curl, const HttpRequest& request, const HttpOptions& options,
               Collector& collector) {
    curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR,
                     request.url.starts_with("https:") ? "https" : "http,https");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT,
                     static_cast<long>(options.connectTimeout.count()));
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, static_cast<long>(options.stallTime.count()));
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, static_cast<long>(options.stallBytesPerSecond));
    if (!options.caFile.empty()) {
        curl_easy_setopt(curl, CURLOPT_CAINFO, options.caFile.c_str());
    }
    if (request.method == "GET" || request.method == "HEAD") {
        curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
        curl_easy_setopt(curl, CURLOPT_MAXREDIRS, 10L);
    }
    if (request.method == "HEAD") {
        curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    } else {
        curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    }
    if (request.method != "GET" && request.method != "HEAD") {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.data());
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                         static_cast<curl_off_t>(request.body.size()));
    }
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &onBody);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &collector);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, &onHeader);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, &collector);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &onProgress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &collector);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
}

} // namespace

struct HttpSession::Impl {
    std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl{curl_easy_init(), &curl_easy_cleanup};
};

std::string HttpAnswer::header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? "" : found->second;
}

HttpSession::HttpSession(HttpOptions options) : options_(std::move(options)) {
    static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
    impl_ = std::make_unique<Impl>();
    if (initialised != CURLE_OK || !impl_->curl) {
        throw Error("libcurl cannot be initialised");
    }
}

HttpSession::~HttpSession() = default;

HttpAnswer HttpSession::send(const HttpRequest& request, std::size_t limit) {
    return withRetries(
        options_, [&] { return sendOnce(request, limit); }, [] { return std::uint64_t{0}; });
}

HttpAnswer HttpSession::sendOnce(const HttpRequest& request, std::size_t limit) {
    CURL* curl = impl_->curl.get();
    curl_easy_reset(curl); // keeps the connections
    Collector collector{.answer = {}, .limit = limit, .stop = options_.stop};
    configure(curl, request, options_, collector);
    HeaderList headers(nullptr, &curl_slist_free_all);
    for (const std::string& header : request.headers) {
        curl_slist* longer = curl_slist_append(headers.get(), header.c_str());
        static_cast<void>(headers.release());
        headers.reset(longer);
    }
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
    const CURLcode result = curl_easy_perform(curl);
    if (collector.failure) {
        std::rethrow_exception(collector.failure);
    }
    if (collector.tooLarge) {
        throw Error(fmt::format("the answer of {} is larger than {} bytes", request.url, limit));
    }
    if (result != CURLE_OK) {
        throw TransientError(
            fmt::format("cannot reach {}: {}", request.url, curl_easy_strerror(result)),
            "Check the network, the address and the certificates.");
    }
    long& status = collector.answer.status;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    if (status == kRequestTimeout || status == kTooManyRequests || status >= kServerError) {
        curl_off_t seconds = 0;
        curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &seconds);
        throw TransientError(
            fmt::format("{} {} answered HTTP status {}", request.method, request.url, status),
            "Try again later, or look at the server.", std::chrono::seconds(seconds));
    }
    return std::move(collector.answer);
}

} // namespace host
