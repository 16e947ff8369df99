/// HTTP conversations of more than downloads: any method, headers, bodies, answers as values. For
/// registries, and for bytes whose digest is known beforehand.
///
/// Keeps connections open between requests. Connection failures, 408, 429 and 5xx are tried again
/// as HttpClient does, with the same patience, for every method: callers send only what may be sent
/// twice, or mend the request in `beforeRepeat`. What will not be better the next time (a
/// certificate that cannot be verified, a redirect from https to http) is an Error at once. Any
/// other status is an answer, not an error. Redirects of GET and HEAD are followed, never from
/// https to http, and the Authorization header does not go along to another host. Throws Error with
/// URL and cause.
#pragma once

#include "host/base/error.h"
#include "host/net/http.h"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace host {

class Patience;

struct HttpRequest {
    std::string method = "GET";
    Address url;
    std::vector<std::string> headers = {}; ///< "Name: value"
    std::string_view body = {};            ///< not copied
    std::size_t limit = 16 << 20;          ///< a larger answer is an Error …
    Fault tooLarge = Fault::Failed;        ///< … of this kind
    /// A GET that breaks goes on where it stopped. Only for bytes whose digest the caller checks:
    /// nothing else notices that the document changed meanwhile.
    bool resume = false;
    /// Called before each further attempt; may change the request.
    std::function<void(HttpRequest&)> beforeRepeat = {};
};

struct HttpAnswer {
    long status = 0; ///< 200 for a body that came in several parts
    /// Names in lower case; the values of a repeated header are joined by ", ".
    std::map<std::string, std::string, std::less<>> headers;
    std::string body;
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

  private:
    HttpAnswer sendOnce(const HttpRequest& request, std::string& body, Patience& patience);

    HttpOptions options_;
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace host
