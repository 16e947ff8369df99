#include "host/net/http_session.h"

#include "host/base/error.h"
#include "host/net/http_curl.h"
#include "host/net/http_retry.h"
#include "host/net/http_status.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace host {

namespace {

using namespace http_status;

constexpr std::size_t kMostIgnored = 64 << 10; ///< of a body that nobody wants

/// One attempt and its answer; what the callbacks of libcurl need.
struct Exchange {
    CURL* curl;
    const HttpRequest& request;
    std::string& body; ///< with what earlier attempts left of it
    SignalSet* stop;
    Patience& patience;
    std::size_t resumedFrom = body.size();
    bool begun = false;
    std::size_t ignored = 0;
    std::map<std::string, std::string, std::less<>> headers = {};
    std::exception_ptr failure = {};

    [[nodiscard]] long status() const { return statusOf(curl); }

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

    /// False when there is too much of it to go on.
    bool append(std::string_view data) {
        if (isTransient(status())) { // what it says is of no use, what was fetched before it is
            ignored += data.size();
            return ignored <= kMostIgnored;
        }
        beginOnce();
        if (body.size() + data.size() > request.limit) {
            throw Error(
                request.tooLarge,
                fmt::format("the answer of {} is larger than {} bytes", request.url, request.limit),
                "Do not trust the server, or what lies between.");
        }
        body += data;
        return true;
    }
};

std::size_t onBody(char* data, std::size_t /*one*/, std::size_t size, void* context) {
    auto& exchange = *static_cast<Exchange*>(context);
    try {
        return exchange.append({data, size}) ? size : CURL_WRITEFUNC_ERROR;
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
               curl_off_t up) {
    auto& exchange = *static_cast<Exchange*>(context);
    try {
        if (exchange.stop != nullptr) {
            exchange.stop->throwIfPending();
        }
        exchange.patience.require(exchange.request.url,
                                  exchange.body.size() + static_cast<std::uint64_t>(up));
        return 0;
    } catch (...) {
        exchange.failure = std::current_exception();
        return 1;
    }
}

/// libcurl's own words where they are more than its general ones and hold no password: it quotes
/// the address of a proxy that it cannot understand.
std::string_view describe(CURLcode result, std::string_view words) {
    const bool plain = !words.empty() && words.find('@') == std::string_view::npos;
    return plain ? words : curl_easy_strerror(result);
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
    configureConnection(curl, request.url, options);
    if (request.method == "GET" || request.method == "HEAD") {
        followRedirects(curl);
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
    throwIfTransient(exchange.curl, status,
                     fmt::format("{} {} answered HTTP status {}", exchange.request.method,
                                 exchange.request.url, status),
                     "Try again later, or look at the server.");
    exchange.beginOnce();
    return {.status = status == kPartialContent ? kOk : status,
            .headers = std::move(exchange.headers),
            .body = {},
            .url = effectiveUrl(exchange.curl)};
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
    initialiseCurl();
    impl_ = std::make_unique<Impl>();
    if (!impl_->curl) {
        throw Error("libcurl cannot be initialised");
    }
}

HttpSession::~HttpSession() = default;

HttpAnswer HttpSession::send(HttpRequest request) {
    std::string body;
    bool repeated = false;
    Patience patience(options_);
    const auto once = [&] {
        if (repeated && request.beforeRepeat) {
            request.beforeRepeat(request);
        }
        repeated = true;
        if (!request.resume) {
            body.clear();
        }
        return sendOnce(request, body, patience);
    };
    HttpAnswer answer = withRetries(options_, patience, once, [&] { return body.size(); });
    answer.body = std::move(body);
    return answer;
}

HttpAnswer HttpSession::sendOnce(const HttpRequest& request, std::string& body,
                                 Patience& patience) {
    CURL* curl = impl_->curl.get();
    curl_easy_reset(curl); // keeps the connections
    Exchange exchange{.curl = curl,
                      .request = request,
                      .body = body,
                      .stop = options_.stop,
                      .patience = patience};
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
    if (result != CURLE_OK && exchange.ignored <= kMostIgnored) {
        const std::string message =
            fmt::format("cannot talk to {}: {}", request.url, describe(result, words.data()));
        const std::string remedy = "Check the network, the address and the certificates.";
        if (isFinal(result)) {
            throw Error(message, remedy);
        }
        throw TransientError(message, remedy);
    }
    return conclude(exchange);
}

} // namespace host
