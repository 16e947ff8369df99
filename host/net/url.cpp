#include "host/net/url.h"

#include "host/base/address.h"
#include "host/base/error.h"
#include "host/base/text.h"

#include <algorithm>
#include <cctype>
#include <curl/curl.h>
#include <fmt/format.h>
#include <memory>

namespace host {

namespace {

using Parsed = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

std::string part(const Parsed& url, CURLUPart which, unsigned flags = 0) {
    char* text = nullptr;
    if (curl_url_get(url.get(), which, &text, flags) != CURLUE_OK) {
        return "";
    }
    const std::unique_ptr<char, decltype(&curl_free)> owner(text, &curl_free);
    return text;
}

[[noreturn]] void refuse(const std::string& text) {
    std::string printable = withoutPassword(text).substr(0, 200);
    std::ranges::replace_if(
        printable, [](unsigned char character) { return std::isprint(character) == 0; }, '?');
    throw Error(fmt::format("'{}' is no http or https address", printable),
                "Check the address, or the server that sent it.");
}

Parsed parse(const std::string& text) {
    Parsed url(curl_url(), &curl_url_cleanup);
    const bool parsed = url && curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) == CURLUE_OK;
    const std::string scheme = parsed ? part(url, CURLUPART_SCHEME) : "";
    if (scheme != "http" && scheme != "https") {
        refuse(text);
    }
    return url;
}

} // namespace

std::string resolveUrl(const std::string& base, const std::string& reference) {
    const Parsed url = parse(base);
    if (curl_url_set(url.get(), CURLUPART_URL, reference.c_str(), 0) != CURLUE_OK) {
        refuse(reference);
    }
    const std::string text = part(url, CURLUPART_URL);
    parse(text);
    return text;
}

std::string originOf(const std::string& url) {
    const Parsed parsed = parse(url);
    return fmt::format("{}://{}:{}", part(parsed, CURLUPART_SCHEME),
                       lower(part(parsed, CURLUPART_HOST)),
                       part(parsed, CURLUPART_PORT, CURLU_DEFAULT_PORT));
}

std::string withQuery(const std::string& url, const std::string& name, const std::string& value) {
    const Parsed parsed = parse(url);
    if (curl_url_set(parsed.get(), CURLUPART_QUERY, (name + "=" + value).c_str(),
                     CURLU_APPENDQUERY | CURLU_URLENCODE) != CURLUE_OK) {
        refuse(url);
    }
    return part(parsed, CURLUPART_URL);
}

bool hasCredentials(const std::string& url) {
    const Parsed parsed = parse(url);
    return !part(parsed, CURLUPART_USER).empty() || !part(parsed, CURLUPART_PASSWORD).empty();
}

} // namespace host
