#include "host/base/secret.h"

#include "host/base/address.h"

#include <algorithm>
#include <cctype>

namespace host {

namespace {

constexpr std::string_view kPin = "pin-value=";
constexpr std::string_view kHidden = "***";
constexpr std::string_view kAuthority = "://";
constexpr std::string_view kWordEnd = " \t\r\n\"<>";

bool equalLetters(char left, char right) {
    return std::tolower(static_cast<unsigned char>(left)) == right;
}

/// Where `lower`, which is in small letters, stands in `text`, in letters of any case.
std::size_t findLetters(std::string_view text, std::string_view lower, std::size_t from) {
    const auto begin = text.begin() + static_cast<std::ptrdiff_t>(from);
    const auto found = std::search(begin, text.end(), lower.begin(), lower.end(), &equalLetters);
    return found == text.end() ? std::string_view::npos
                               : static_cast<std::size_t>(found - text.begin());
}

/// Every PIN is hidden up to one of `ends`.
std::string hidePins(std::string_view text, std::string_view ends) {
    std::string out;
    std::size_t done = 0;
    for (auto at = findLetters(text, kPin, 0); at != std::string_view::npos;
         at = findLetters(text, kPin, done)) {
        out += text.substr(done, at + kPin.size() - done);
        out += kHidden;
        done = std::min(text.find_first_of(ends, at + kPin.size()), text.size());
    }
    return out.append(text.substr(done));
}

/// Where the scheme that ends before `colon` begins.
std::size_t schemeBefore(std::string_view text, std::size_t colon) {
    while (colon > 0 && (std::isalnum(static_cast<unsigned char>(text[colon - 1])) != 0 ||
                         text[colon - 1] == '+' || text[colon - 1] == '-')) {
        --colon;
    }
    return colon;
}

std::string hidePasswords(std::string_view text) {
    std::string out;
    std::size_t done = 0;
    auto colon = text.find(kAuthority);
    while (colon != std::string_view::npos) {
        const auto begin = std::max(schemeBefore(text, colon), done);
        const auto next = text.find(kAuthority, colon + kAuthority.size());
        const auto word = std::min(text.find_first_of(kWordEnd, colon), text.size());
        const auto end = next < word ? schemeBefore(text, next) : word;
        out += text.substr(done, begin - done);
        out += withoutPassword(text.substr(begin, end - begin));
        done = end;
        colon = next;
    }
    return out.append(text.substr(done));
}

} // namespace

bool isPkcs11Uri(std::string_view text) {
    constexpr std::string_view kScheme = "pkcs11:";
    return text.size() >= kScheme.size() &&
           std::equal(kScheme.begin(), kScheme.end(), text.begin(),
                      [](char lower, char any) { return equalLetters(any, lower); });
}

std::string withoutPin(std::string_view uri) {
    return hidePins(uri, "&");
}

std::string withoutSecrets(std::string_view text) {
    return hidePasswords(hidePins(text, "& \t\r\n\"<>"));
}

bool hasHiddenSecret(std::string_view text) {
    const std::string mark(kHidden);
    return text.find("://" + mark + "@") != std::string_view::npos ||
           (text.find("://") != std::string_view::npos && text.ends_with("?" + mark)) ||
           findLetters(text, std::string(kPin) + mark, 0) != std::string_view::npos;
}

} // namespace host
