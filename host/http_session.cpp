#include "host/http_session.h"

#include "host/error.h"
#include "host/http_retry.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <curl/curl.h>

namespace host {

namespace {

constexpr long kOk = 200;
constexpr long kPartialContent = 206;
constexpr long kRequestTimeout = 408;
constexpr long kRangeNotSatisfiable = 416;
constexpr long kTooManyRequests = 429;
constexpr long kServerError = 500;

using HeaderList = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

bool isTransient(long status) {
    return status == kRequestTimeout || status == kTooManyRequests || status >= kServerError;
}

/// One attempt and its answer; what the callbacks of libcurl need.
struct Exchange {
    CURL* curl;
    const HttpRequest& request;
    std::string& body; ///< with what earlier attempts left of it
    SignalSet* stop;
    std::size_t resumedFrom = body.size();
    bool begun = false;
    std::map<std::string, std::string, std::less<>> headers = {};
    std::exception_ptr failure = {};

    [[nodiscard]] long status() const {
        long code = 0;
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &code);
        return code;
    }

    /// Before the first byte: what was there already stays only when the server goes on behind it.
    void beginOnce() {
        if (begun) {
            return;
        }
        begun = true;
        if (status() != kPartialContent) {
            body.clear();
        } else if (const auto range = headers.find("content-range");
                   resumedFrom == 0 || range == headers.end() ||
                   !range->second.starts_with(fmt::format("bytes {}-", resumedFrom))) {
            throw Error(fmt::format("{} was asked for bytes from {} and sent others", request.url,
                                    resumedFrom));
        }
    }

    void append(std::string_view data) {
        if (isTransient(status())) {
            return; // what it says is of no use, what was fetched before it still is
        }
        beginOnce();
        if (body.size() + data.size() > request.limit) {
            throw Error(
                request.tooLarge,
                fmt::format("the answer of {} is larger than {} bytes", request.url, request.limit),
                "Do not trust the server, or what lies between.");
        }
        body += data;
    }
};

std::size_t onBody(char* data, std::size_t /*one*/, std::size_t size, void* context) {
    auto& exchange = *static_cast<Exchange*>(context);
    try {
        exchange.append({data, size});
        return size;
    } catch (...) {
        exchange.failure = std::current_exception();
        return CURL_WRITEFUNC_ERROR;
    }
}

/// Called for the headers of every answer, those of redirects included: the last one counts.
std::size_t onHeader(char* data, std::size_t /*one*/, std::size_t size, void* context) {
    auto& headers = static_cast<Exchange*>(context)->headers;
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
        const auto start = line.find_first_not_of(" \t\r\n", colon + 1);
        const auto end = line.find_last_not_of(" \t\r\n");
        const std::string value(
            start == std::string_view::npos ? "" : line.substr(start, end - start + 1));
        std::string& all = headers[name];
        all += (all.empty() || value.empty() ? "" : ", ") + value;
    }
    return size;
}

int onProgress(void* context, curl_off_t /*total*/, curl_off_t /*now*/, curl_off_t /*upTotal*/,
               curl_off_t /*up*/) {
    auto& exchange = *static_cast<Exchange*>(context);
    try {
        if (exchange.stop != nullptr) {
            exchange.stop->throwIfPending();
        }
        return 0;
    } catch (...) {
        exchange.failure = std::current_exception();
        return 1;
    }
}

/// Failures that another attempt does not mend.
bool isFinal(CURLcode result) {
    switch (result) {
    case CURLE_UNSUPPORTED_PROTOCOL: // a redirect from https to http is one
    case CURLE_URL_MALFORMAT:
    case CURLE_TOO_MANY_REDIRECTS:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
        return true;
    default:
        return false;
    }
}

void configure(CURL* curl, const HttpRequest& request, const HttpOptions& options,
               Exchange& exchange) {
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
        curl_easy_setopt(curl, CURLOPT_NOBODY, request.method == "HEAD" ? 1L : 0L);
    } else {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                         static_cast<curl_off_t>(request.body.size()));
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.empty() ? "" : request.body.data());
        curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    }
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &onBody);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &exchange);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, &onHeader);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, &exchange);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &onProgress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &exchange);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
}

/// The answer, or a TransientError when another attempt may be answered better.
HttpAnswer conclude(Exchange& exchange) {
    const long status = exchange.status();
    if (status == kRangeNotSatisfiable && exchange.resumedFrom > 0) {
        exchange.body.clear();
        throw TransientError(
            fmt::format("{} is shorter than what was fetched of it", exchange.request.url), "");
    }
    if (isTransient(status)) {
        curl_off_t seconds = 0;
        curl_easy_getinfo(exchange.curl, CURLINFO_RETRY_AFTER, &seconds);
        throw TransientError(fmt::format("{} {} answered HTTP status {}", exchange.request.method,
                                         exchange.request.url, status),
                             "Try again later, or look at the server.",
                             std::chrono::seconds(seconds));
    }
    exchange.beginOnce();
    return {.status = status == kPartialContent ? kOk : status,
            .headers = std::move(exchange.headers),
            .body = {}};
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

HttpAnswer HttpSession::send(HttpRequest request) {
    std::string body;
    bool repeated = false;
    const auto once = [&] {
        if (repeated && request.beforeRepeat) {
            request.beforeRepeat(request);
        }
        repeated = true;
        if (!request.resume) {
            body.clear();
        }
        return sendOnce(request, body);
    };
    HttpAnswer answer = withRetries(options_, once, [&] { return body.size(); });
    answer.body = std::move(body);
    return answer;
}

HttpAnswer HttpSession::sendOnce(const HttpRequest& request, std::string& body) {
    CURL* curl = impl_->curl.get();
    curl_easy_reset(curl); // keeps the connections
    Exchange exchange{.curl = curl, .request = request, .body = body, .stop = options_.stop};
    configure(curl, request, options_, exchange);
    HeaderList headers(nullptr, &curl_slist_free_all);
    for (const std::string& header : request.headers) {
        curl_slist* longer = curl_slist_append(headers.get(), header.c_str());
        static_cast<void>(headers.release());
        headers.reset(longer);
    }
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
    if (exchange.resumedFrom > 0) {
        curl_easy_setopt(curl, CURLOPT_RANGE, fmt::format("{}-", exchange.resumedFrom).c_str());
    }
    std::array<char, CURL_ERROR_SIZE> words{};
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, words.data());
    const CURLcode result = curl_easy_perform(curl);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, nullptr);
    if (exchange.failure) {
        std::rethrow_exception(exchange.failure);
    }
    if (result != CURLE_OK) {
        const std::string message =
            fmt::format("cannot talk to {}: {}", request.url,
                        words[0] == '\0' ? curl_easy_strerror(result) : words.data());
        const std::string remedy = "Check the network, the address and the certificates.";
        if (isFinal(result)) {
            throw Error(message, remedy);
        }
        throw TransientError(message, remedy);
    }
    return conclude(exchange);
}

} // namespace host
