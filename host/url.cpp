#include "host/url.h"

#include "host/error.h"

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

/// "registry.example:5000", "[::1]": what libcurl takes a port from, or none.
bool isServer(std::string_view authority) {
    const auto bracket = authority.rfind(']');
    const auto colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
    return colon == std::string_view::npos ||
           authority.find_first_not_of("0123456789", colon + 1) == std::string_view::npos;
}

/// Where user and password end: behind their '@', 0 when there are none. `rest` is an address
/// without its scheme. The '@' of a digest ("…/modules@sha256:…") is none.
std::size_t endOfUser(std::string_view rest, bool hasScheme) {
    const auto lastAt = [](std::string_view text) {
        auto at = text.rfind('@');
        while (at != std::string_view::npos && at > 0 && text.substr(at).starts_with("@sha256:")) {
            at = text.rfind('@', at - 1);
        }
        return at == std::string_view::npos ? 0 : at + 1;
    };
    const std::string_view authority = rest.substr(0, rest.find_first_of("/?#\\"));
    if (!hasScheme && authority.find(':') == std::string_view::npos) {
        return 0; // a path, such as "packages@2"
    }
    if (authority.find('@') != std::string_view::npos) {
        return std::max(lastAt(rest.substr(0, rest.find_first_of("?#"))), lastAt(authority));
    }
    // "me:pass/word@host": the password was not encoded.
    return isServer(authority) ? 0 : lastAt(rest);
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

std::string withoutPassword(std::string_view address) {
    constexpr std::string_view kHidden = "***";
    const auto colon = address.find(":/");
    const auto scheme = colon == std::string_view::npos
                            ? 0
                            : std::min(address.find_first_not_of('/', colon + 1), address.size());
    const std::string_view rest = address.substr(scheme);
    const auto user = endOfUser(rest, scheme > 0);
    const auto query = rest.find('?', user);
    std::string text(address.substr(0, scheme));
    if (user > 0) {
        text.append(kHidden).append("@");
    }
    text += rest.substr(user, query == std::string_view::npos ? query : query - user);
    if (query != std::string_view::npos && (scheme > 0 || user > 0)) {
        text.append("?").append(kHidden);
    } else if (query != std::string_view::npos) {
        text += rest.substr(query);
    }
    return text;
}

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
    std::string server = part(parsed, CURLUPART_HOST);
    std::ranges::transform(server, server.begin(), [](unsigned char character) {
        return static_cast<char>(std::tolower(character));
    });
    return fmt::format("{}://{}:{}", part(parsed, CURLUPART_SCHEME), server,
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
