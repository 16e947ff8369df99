#include "host/net/http_session.h"

#include "host/net/http_retry.h"
#include "host/net/http_status.h"
#include "host/net/http_transfer.h"

namespace host {

struct HttpSession::Impl {
    std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl{curl_easy_init(), &curl_easy_cleanup};
};

std::string HttpAnswer::header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? "" : found->second;
}

HttpSession::HttpSession(HttpOptions options) : options_(std::move(options)) {
    static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (initialised == CURLE_OK) {
        impl_ = std::make_unique<Impl>();
    }
    if (!impl_ || !impl_->curl) {
        throw Error("libcurl cannot be initialised");
    }
}

HttpSession::~HttpSession() = default;

HttpAnswer HttpSession::send(HttpRequest request) {
    HttpOptions options = options_;
    options.onProgress = {}; // for a small document it would only be noise
    MemoryBody body(request.resume);
    HttpAnswer answer = sendWith(options, std::move(request), body);
    if (answer.status == http_status::kOk) {
        answer.body = std::move(body.text);
    }
    return answer;
}

HttpAnswer HttpSession::send(HttpRequest request, HttpBody& body) {
    return sendWith(options_, std::move(request), body);
}

HttpAnswer HttpSession::sendWith(const HttpOptions& options, HttpRequest request, HttpBody& body) {
    bool repeated = false;
    Patience patience(options, body.size());
    const auto once = [&] {
        if (repeated && request.beforeRepeat) {
            request.beforeRepeat(request);
        }
        repeated = true;
        return HttpTransfer(impl_->curl.get(), request, body, options, patience).perform();
    };
    return withRetries(options, patience, once, [&] { return body.size(); });
}

} // namespace host
