#include "host/base/address.h"

#include <algorithm>

namespace host {

namespace {

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

} // namespace host
