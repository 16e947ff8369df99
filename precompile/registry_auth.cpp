#include "precompile/registry_auth.h"

#include "host/error.h"
#include "host/file.h"
#include "precompile/registry.h"

#include <algorithm>
#include <cctype>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace precompile {

namespace {

constexpr std::size_t kLargestFile = 1 << 20;

std::string keyOf(const RegistryReference& to) {
    return to.host + "/" + to.repository;
}

/// RFC 3986: everything but unreserved characters.
std::string encoded(const std::string& text) {
    std::string out;
    for (const unsigned char character : text) {
        const bool plain = std::isalnum(character) != 0 || character == '-' || character == '.' ||
                           character == '_' || character == '~';
        out += plain ? std::string(1, static_cast<char>(character))
                     : fmt::format("%{:02X}", character);
    }
    return out;
}

} // namespace

AuthChallenge parseChallenge(const std::string& header) {
    AuthChallenge challenge;
    const auto blank = header.find(' ');
    challenge.scheme = header.substr(0, blank);
    std::ranges::transform(challenge.scheme, challenge.scheme.begin(), [](unsigned char character) {
        return static_cast<char>(std::tolower(character));
    });
    std::size_t at = blank == std::string::npos ? header.size() : blank + 1;
    while (at < header.size()) {
        const auto equals = header.find('=', at);
        if (equals == std::string::npos) {
            break;
        }
        const auto start = header.find_first_not_of(", ", at);
        const std::string name = header.substr(start, equals - start);
        const bool quoted = equals + 1 < header.size() && header[equals + 1] == '"';
        const auto from = equals + (quoted ? 2 : 1);
        const auto end = std::min(header.find(quoted ? '"' : ',', from), header.size());
        challenge.parameters[name] =
            header.substr(std::min(from, header.size()), end - std::min(from, end));
        at = end + 1;
    }
    return challenge;
}

std::string credentialsIn(const std::string& document, const std::string& registry,
                          const std::string& origin) {
    const auto json = nlohmann::json::parse(document, nullptr, false);
    if (!json.is_object()) {
        throw host::Error(fmt::format("{} is no JSON object", origin),
                          "Log in again with docker or podman.");
    }
    const auto auths = json.find("auths");
    if (auths == json.end() || !auths->is_object()) {
        return "";
    }
    // docker writes the host for most registries, and a URL for some.
    for (const std::string& name : {registry, "https://" + registry, "https://" + registry + "/v1/",
                                    "https://" + registry + "/v2/"}) {
        const auto entry = auths->find(name);
        if (entry != auths->end() && entry->is_object() && entry->contains("auth") &&
            (*entry)["auth"].is_string()) {
            return (*entry)["auth"];
        }
    }
    return "";
}

std::string RegistryAuth::credentials(const std::string& registry) const {
    for (const auto& file : files_) {
        const auto text = host::readFileIfExists(file, kLargestFile);
        const std::string found = text ? credentialsIn(*text, registry, file.string()) : "";
        if (!found.empty()) {
            return found;
        }
    }
    return "";
}

std::string RegistryAuth::header(const RegistryReference& to) const {
    const auto found = headers_.find(keyOf(to));
    return found == headers_.end() ? "" : found->second;
}

bool RegistryAuth::accept(const RegistryReference& to, const std::string& challenge,
                          host::HttpSession& session) {
    const AuthChallenge wanted = parseChallenge(challenge);
    const std::string secret = credentials(to.host);
    std::string& header = headers_[keyOf(to)];
    if (wanted.scheme == "basic" && !secret.empty() && header.empty()) {
        header = "Basic " + secret;
        return true;
    }
    const auto realm = wanted.parameters.find("realm");
    if (wanted.scheme != "bearer" || realm == wanted.parameters.end()) {
        return false;
    }
    std::string url = realm->second + (realm->second.find('?') == std::string::npos ? "?" : "&");
    for (const auto& [name, value] : wanted.parameters) {
        if (name == "service" || name == "scope") {
            url += fmt::format("{}={}&", name, encoded(value));
        }
    }
    url.pop_back();
    host::HttpRequest request{.url = url};
    if (!secret.empty()) {
        request.headers.push_back("Authorization: Basic " + secret);
    }
    const auto answer = session.send(request);
    const auto document = nlohmann::json::parse(answer.body, nullptr, false);
    for (const char* name : {"token", "access_token"}) {
        if (answer.status == 200 && document.is_object() && document.contains(name) &&
            document[name].is_string()) {
            header = "Bearer " + document[name].get<std::string>();
            return true;
        }
    }
    return false;
}

} // namespace precompile
