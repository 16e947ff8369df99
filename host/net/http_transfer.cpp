#include "host/net/http_transfer.h"

#include "host/base/error.h"
#include "host/base/text.h"
#include "host/net/http_retry.h"
#include "host/net/http_status.h"

#include <algorithm>
#include <array>

namespace host {

using namespace http_status;

namespace {

constexpr std::size_t kMostWords = 64 << 10; ///< of a body that is no success

bool isTransient(long status) {
    return status == kRequestTimeout || status == kTooManyRequests || status >= kServerError;
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

/// libcurl's own words where they are more than its general ones and hold no password: it quotes
/// the address of a proxy that it cannot understand.
std::string_view describe(CURLcode result, std::string_view words) {
    const bool plain = !words.empty() && words.find('@') == std::string_view::npos;
    return plain ? words : curl_easy_strerror(result);
}

} // namespace

HttpTransfer::HttpTransfer(CURL* curl, const HttpRequest& request, HttpBody& body,
                           const HttpOptions& options, Patience& patience)
    : curl_(curl), request_(request), body_(body), options_(options), patience_(patience),
      resumedFrom_(body.resumable()) {}

HttpAnswer HttpTransfer::perform() {
    curl_easy_reset(curl_); // keeps the connections
    configureConnection();
    configureRequest();
    configureCallbacks();
    std::array<char, CURL_ERROR_SIZE> words{};
    curl_easy_setopt(curl_, CURLOPT_ERRORBUFFER, words.data());
    const CURLcode result = curl_easy_perform(curl_);
    curl_easy_setopt(curl_, CURLOPT_ERRORBUFFER, nullptr);
    if (failure_) {
        std::rethrow_exception(failure_);
    }
    requireAnswer(result, words.data());
    return conclude();
}

void HttpTransfer::configureConnection() {
    const std::string& url = request_.url.secret();
    curl_easy_setopt(curl_, CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl_, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl_, CURLOPT_REDIR_PROTOCOLS_STR,
                     lower(url).starts_with("https:") ? "https" : "http,https");
    curl_easy_setopt(curl_, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl_, CURLOPT_CONNECTTIMEOUT,
                     static_cast<long>(options_.connectTimeout.count()));
    curl_easy_setopt(curl_, CURLOPT_LOW_SPEED_TIME, static_cast<long>(options_.stallTime.count()));
    curl_easy_setopt(curl_, CURLOPT_LOW_SPEED_LIMIT,
                     static_cast<long>(options_.stallBytesPerSecond));
    if (!options_.caFile.empty()) {
        curl_easy_setopt(curl_, CURLOPT_CAINFO, options_.caFile.c_str());
    }
}

void HttpTransfer::configureRequest() {
    constexpr long kMostRedirects = 10;
    if (request_.method == "GET" || request_.method == "HEAD") {
        curl_easy_setopt(curl_, CURLOPT_FOLLOWLOCATION, 1L);
        curl_easy_setopt(curl_, CURLOPT_MAXREDIRS, kMostRedirects);
        curl_easy_setopt(curl_, CURLOPT_NOBODY, request_.method == "HEAD" ? 1L : 0L);
    } else {
        curl_easy_setopt(curl_, CURLOPT_POSTFIELDSIZE_LARGE,
                         static_cast<curl_off_t>(request_.body.size()));
        curl_easy_setopt(curl_, CURLOPT_POSTFIELDS,
                         request_.body.empty() ? "" : request_.body.data());
        curl_easy_setopt(curl_, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
    }
    std::vector<std::string> headers = request_.headers;
    if (resumedFrom_ > 0) {
        curl_easy_setopt(curl_, CURLOPT_RANGE, fmt::format("{}-", resumedFrom_).c_str());
        if (const std::string validator = body_.validator(); !validator.empty()) {
            headers.push_back("If-Range: " + validator);
        }
    }
    for (const std::string& header : headers) {
        curl_slist* longer = curl_slist_append(sent_.get(), header.c_str());
        static_cast<void>(sent_.release());
        sent_.reset(longer);
    }
    curl_easy_setopt(curl_, CURLOPT_HTTPHEADER, sent_.get());
}

void HttpTransfer::configureCallbacks() {
    curl_easy_setopt(curl_, CURLOPT_WRITEFUNCTION, &onBody);
    curl_easy_setopt(curl_, CURLOPT_WRITEDATA, this);
    curl_easy_setopt(curl_, CURLOPT_HEADERFUNCTION, &onHeader);
    curl_easy_setopt(curl_, CURLOPT_HEADERDATA, this);
    curl_easy_setopt(curl_, CURLOPT_XFERINFOFUNCTION, &onProgress);
    curl_easy_setopt(curl_, CURLOPT_XFERINFODATA, this);
    curl_easy_setopt(curl_, CURLOPT_NOPROGRESS, 0L);
}

std::size_t HttpTransfer::onBody(char* data, std::size_t /*one*/, std::size_t size, void* context) {
    auto& transfer = *static_cast<HttpTransfer*>(context);
    try {
        transfer.take({data, size});
        return transfer.brokenOff_ ? CURL_WRITEFUNC_ERROR : size;
    } catch (...) {
        transfer.failure_ = std::current_exception();
        return CURL_WRITEFUNC_ERROR;
    }
}

/// Called for the headers of every answer, those of redirects included: the last one counts.
std::size_t HttpTransfer::onHeader(char* data, std::size_t /*one*/, std::size_t size,
                                   void* context) {
    auto& headers = static_cast<HttpTransfer*>(context)->headers_;
    const std::string_view line(data, size);
    if (line.starts_with("HTTP/")) {
        headers.clear();
        return size;
    }
    const auto colon = line.find(':');
    if (colon != std::string_view::npos) {
        const std::string value(trimmed(line.substr(colon + 1)));
        std::string& all = headers[lower(line.substr(0, colon))];
        all += (all.empty() || value.empty() ? "" : ", ") + value;
    }
    return size;
}

int HttpTransfer::onProgress(void* context, curl_off_t total, curl_off_t /*now*/,
                             curl_off_t /*upTotal*/, curl_off_t up) {
    auto& transfer = *static_cast<HttpTransfer*>(context);
    try {
        if (transfer.options_.stop != nullptr) {
            transfer.options_.stop->throwIfPending();
        }
        transfer.patience_.require(transfer.request_.url,
                                   transfer.body_.size() + static_cast<std::uint64_t>(up));
        transfer.report(total);
        return 0;
    } catch (...) {
        transfer.failure_ = std::current_exception();
        return 1;
    }
}

void HttpTransfer::report(curl_off_t total) const {
    if (options_.onProgress && begun_) {
        const std::uint64_t before = status() == kPartialContent ? resumedFrom_ : 0;
        options_.onProgress(
            {body_.size(), total > 0 ? before + static_cast<std::uint64_t>(total) : 0});
    }
}

void HttpTransfer::take(std::string_view data) {
    if (!isSuccess()) {
        brokenOff_ = words_.size() + data.size() > kMostWords;
        words_ += brokenOff_ ? "" : data;
        return;
    }
    beginOnce();
    requireRoom(data.size());
    body_.write(data);
}

/// Before the first byte: what was there already stays only when the server goes on behind it.
void HttpTransfer::beginOnce() {
    if (begun_) {
        return;
    }
    begun_ = true;
    const bool goesOn = status() == kPartialContent;
    if (goesOn && (resumedFrom_ == 0 ||
                   !header("content-range").starts_with(fmt::format("bytes {}-", resumedFrom_)))) {
        throw Error(fmt::format("{} was asked for bytes from {} and sent '{}'", request_.url,
                                resumedFrom_, header("content-range")));
    }
    body_.begin(goesOn, validator());
    curl_off_t announced = 0; // -1: the server does not say
    if (request_.method != "HEAD") {
        curl_easy_getinfo(curl_, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &announced);
    }
    requireRoom(static_cast<std::uint64_t>(std::max<curl_off_t>(announced, 0)));
}

void HttpTransfer::requireRoom(std::uint64_t more) {
    if (body_.size() > request_.limit || more > request_.limit - body_.size()) {
        body_.discard();
        throw Error(
            request_.tooLarge,
            fmt::format("the answer of {} is larger than {} bytes", request_.url, request_.limit),
            "Do not trust the server, or what lies between.");
    }
}

long HttpTransfer::status() const {
    long code = 0;
    curl_easy_getinfo(curl_, CURLINFO_RESPONSE_CODE, &code);
    return code;
}

bool HttpTransfer::isSuccess() const {
    return status() == kOk || status() == kPartialContent;
}

std::string HttpTransfer::header(std::string_view name) const {
    const auto found = headers_.find(name);
    return found == headers_.end() ? "" : found->second;
}

/// Only a strong validator identifies bytes (RFC 9110, 8.8).
std::string HttpTransfer::validator() const {
    const std::string etag = header("etag");
    return !etag.empty() && !etag.starts_with("W/") ? etag : header("last-modified");
}

void HttpTransfer::requireAnswer(CURLcode result, std::string_view words) const {
    if (result == CURLE_OK || brokenOff_) {
        return;
    }
    const std::string message =
        fmt::format("cannot talk to {}: {}", request_.url, describe(result, words));
    const std::string remedy = "Check the network, the address and the certificates.";
    if (isFinal(result)) {
        throw Error(message, remedy);
    }
    throw TransientError(message, remedy);
}

/// A server may send less of a document than it was asked for: a further attempt goes on behind it.
void HttpTransfer::requireWhole() const {
    const std::string range = header("content-range"); // "bytes 7-9/10"; "*": it does not know
    const auto whole = toNumber<std::uint64_t>(range.substr(range.rfind('/') + 1));
    if (status() == kPartialContent && whole && *whole != body_.size()) {
        throw TransientError(
            fmt::format("{} sent {} of {} bytes", request_.url, body_.size(), *whole),
            "Try again later, or look at the server.");
    }
}

HttpAnswer HttpTransfer::conclude() {
    const long code = status();
    const bool outOfRange = code == kRangeNotSatisfiable && resumedFrom_ > 0;
    const bool whole = // If-Range held, and nothing was missing
        outOfRange && header("content-range") == fmt::format("bytes */{}", resumedFrom_);
    if (outOfRange && !whole) {
        body_.begin(false, "");
        throw TransientError(fmt::format("{} is shorter than what was fetched of it", request_.url),
                             "");
    }
    if (isTransient(code)) {
        constexpr curl_off_t kLongestWait = 3600; // s; a server may want it to be any number
        curl_off_t seconds = 0;
        curl_easy_getinfo(curl_, CURLINFO_RETRY_AFTER, &seconds);
        seconds = std::clamp<curl_off_t>(seconds, 0, kLongestWait);
        throw TransientError(
            fmt::format("{} {} answered HTTP status {}", request_.method, request_.url, code),
            "Try again later, or look at the server.", std::chrono::seconds(seconds));
    }
    if (isSuccess()) {
        beginOnce();
        requireWhole();
    }
    const char* url = nullptr;
    curl_easy_getinfo(curl_, CURLINFO_EFFECTIVE_URL, &url);
    return {.status = code == kPartialContent || whole ? kOk : code,
            .headers = std::move(headers_),
            .body = std::move(words_),
            .url = url == nullptr ? "" : url};
}

} // namespace host
