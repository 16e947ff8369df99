/// HTTP(S) through libcurl: any method, headers, bodies, answers as values.
///
/// Keeps connections open between requests. Transient failures (connection, time-out, 408, 429,
/// 5xx) are tried again with exponential back-off and jitter, Retry-After respected, for every
/// method: callers send only what may be sent twice, or mend the request in `beforeRepeat`. What
/// will not be better the next time (a certificate that cannot be verified, a redirect from https
/// to http) is an Error at once. Any other status is an answer, not an error. Redirects of GET and
/// HEAD are followed, never from https to http, and the Authorization header does not go along to
/// another host. Throws Error with URL, cause and remedy.
///
/// No server can hold a caller for ever: a call, all its attempts together, takes at most `grace`
/// and, for each byte that it brought, the time that the slowest allowed rate needs. Nor can one
/// fill memory or disk: bodies, headers and what is not wanted are bounded.
#pragma once

#include "host/base/address.h"
#include "host/base/error.h"
#include "host/net/http.h"
#include "host/net/http_body.h"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace host {

struct HttpRequest {
    std::string method = "GET";
    Address url;
    std::vector<std::string> headers = {}; ///< "Name: value"
    std::string_view body = {};            ///< not copied
    std::uint64_t limit = 16 << 20;        ///< a larger answer is an Error …
    Fault tooLarge = Fault::Failed;        ///< … of this kind
    bool resume = false;                   ///< MemoryBody's
    /// Called before each further attempt; may change the request.
    std::function<void(HttpRequest&)> beforeRepeat = {};
};

struct HttpAnswer {
    long status = 0; ///< 200 for a body that came in several parts
    /// Names in lower case; the values of a repeated header are joined by ", ".
    std::map<std::string, std::string, std::less<>> headers;
    std::string body; ///< of any other status than 200: at most 64 KiB of it
    Address url = {}; ///< where it came from: behind all redirects
    /// Empty when there is none.
    [[nodiscard]] std::string header(const std::string& name) const;
};

class HttpSession {
  public:
    explicit HttpSession(HttpOptions options);
    HttpSession(const HttpSession&) = delete;
    HttpSession& operator=(const HttpSession&) = delete;
    HttpSession(HttpSession&&) = delete;
    HttpSession& operator=(HttpSession&&) = delete;
    ~HttpSession();

    HttpAnswer send(HttpRequest request);
    /// The body of status 200 goes to `body`; what there was before stays when the server goes on
    /// behind it. onProgress is told.
    HttpAnswer send(HttpRequest request, HttpBody& body);

  private:
    HttpAnswer sendWith(const HttpOptions& options, HttpRequest request, HttpBody& body);

    HttpOptions options_;
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace host
