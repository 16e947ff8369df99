/// One attempt of a request, with libcurl: private to http_session.cpp.
#pragma once

#include "host/net/http_session.h"

#include <curl/curl.h>
#include <exception>

namespace host {

class Patience;

class HttpTransfer {
  public:
    HttpTransfer(CURL* curl, const HttpRequest& request, HttpBody& body, const HttpOptions& options,
                 Patience& patience);

    /// The answer; throws TransientError when another attempt may be answered better, Error when
    /// not.
    HttpAnswer perform();

  private:
    static std::size_t onBody(char* data, std::size_t one, std::size_t size, void* context);
    static std::size_t onHeader(char* data, std::size_t one, std::size_t size, void* context);
    static int onProgress(void* context, curl_off_t total, curl_off_t now, curl_off_t upTotal,
                          curl_off_t up);

    void configureConnection();
    void configureRequest();
    void configureCallbacks();
    void take(std::string_view data);
    void beginOnce();
    void requireRoom(std::uint64_t more);
    void report(curl_off_t total) const;
    [[nodiscard]] long status() const;
    [[nodiscard]] bool isSuccess() const;
    [[nodiscard]] std::string header(std::string_view name) const;
    [[nodiscard]] std::string validator() const;
    void requireAnswer(CURLcode result, std::string_view words) const;
    void requireWhole() const;
    HttpAnswer conclude();

    CURL* curl_;
    const HttpRequest& request_;
    HttpBody& body_;
    const HttpOptions& options_;
    Patience& patience_;
    std::uint64_t resumedFrom_;
    bool begun_ = false;
    bool brokenOff_ = false; ///< enough was heard of what is no success
    std::string words_ = {}; ///< the body of what is no success
    std::map<std::string, std::string, std::less<>> headers_ = {};
    std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> sent_{nullptr,
                                                                      &curl_slist_free_all};
    std::exception_ptr failure_ = {};
};

} // namespace host
