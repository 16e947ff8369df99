/// HTTP conversations of more than downloads: any method, headers, bodies, answers as values. For
/// registries.
///
/// Keeps connections open between requests. Connection failures, 408, 429 and 5xx are tried again
/// as HttpClient does, for every method: callers send only what may be sent twice. Any other status
/// is an answer, not an error. Redirects of GET and HEAD are followed, never from https to http,
/// and the Authorization header does not go along to another host. Throws Error with URL and cause.
#pragma once

#include "host/http.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace host {

struct HttpRequest {
    std::string method = "GET";
    std::string url;
    std::vector<std::string> headers = {}; ///< "Name: value"
    std::string body = {};
};

struct HttpAnswer {
    long status = 0;
    std::map<std::string, std::string, std::less<>> headers; ///< names in lower case
    std::string body;
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

    /// An answer whose body is larger than `limit` is an Error.
    HttpAnswer send(const HttpRequest& request, std::size_t limit = 16 << 20);

  private:
    HttpAnswer sendOnce(const HttpRequest& request, std::size_t limit);

    HttpOptions options_;
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace host
