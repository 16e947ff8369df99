#include "host/net/http_curl.h"

#include "host/base/error.h"
#include "host/net/http_retry.h"
#include "host/net/http_status.h"

namespace host {

using namespace http_status;

void initialiseCurl() {
    static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (initialised != CURLE_OK) {
        throw Error("libcurl cannot be initialised");
    }
}

void configureConnection(CURL* curl, const Address& address, const HttpOptions& options) {
    const std::string& url = address.secret();
    curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR,
                     url.starts_with("https:") ? "https" : "http,https");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT,
                     static_cast<long>(options.connectTimeout.count()));
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, static_cast<long>(options.stallTime.count()));
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, static_cast<long>(options.stallBytesPerSecond));
    if (!options.caFile.empty()) {
        curl_easy_setopt(curl, CURLOPT_CAINFO, options.caFile.c_str());
    }
}

void followRedirects(CURL* curl) {
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(curl, CURLOPT_MAXREDIRS, 10L);
}

long statusOf(CURL* curl) {
    long code = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &code);
    return code;
}

Address effectiveUrl(CURL* curl) {
    const char* url = nullptr;
    curl_easy_getinfo(curl, CURLINFO_EFFECTIVE_URL, &url);
    return url == nullptr ? "" : url;
}

bool isTransient(long status) {
    return status == kRequestTimeout || status == kTooManyRequests || status >= kServerError;
}

void throwIfTransient(CURL* curl, long status, const std::string& message,
                      const std::string& remedy) {
    if (isTransient(status)) {
        curl_off_t seconds = 0;
        curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &seconds);
        throw TransientError(message, remedy, std::chrono::seconds(seconds));
    }
}

} // namespace host
