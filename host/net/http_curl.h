/// What host/'s HTTP clients ask of libcurl alike, and how they judge statuses: private to
/// http.cpp and http_session.cpp.
#pragma once

#include "host/net/http.h"

#include <curl/curl.h>
#include <memory>
#include <string>

namespace host {

using HeaderList = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

/// Once for the process; throws Error.
void initialiseCurl();

/// Address, protocols (never from https to http), time limits, authorities.
void configureConnection(CURL* curl, const Address& url, const HttpOptions& options);

/// GET and HEAD: redirects are followed.
void followRedirects(CURL* curl);

/// Status of the last answer.
long statusOf(CURL* curl);

/// Where the last answer came from: behind all redirects.
Address effectiveUrl(CURL* curl);

/// Throws TransientError when another attempt may be answered better.
void throwIfTransient(CURL* curl, long status, const std::string& message,
                      const std::string& remedy);
bool isTransient(long status);

} // namespace host
