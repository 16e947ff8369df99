#include "precompile/share/registry_auth.h"

#include "host/base/address.h"
#include "host/base/error.h"
#include "host/base/file.h"
#include "host/base/json.h"
#include "host/base/text.h"
#include "host/net/url.h"
#include "precompile/share/registry.h"
#include "precompile/share/registry_answers.h"

#include <algorithm>
#include <cctype>
#include <fmt/format.h>
#include <utility>

namespace precompile {

namespace {

constexpr std::size_t kLargestFile = 1 << 20;
constexpr std::size_t kLargestTokenAnswer = 1 << 20;
constexpr const char* kClientId = "driverctl";

std::string keyOf(const RegistryReference& to) {
    return to.host + "/" + to.repository;
}

/// A challenge header from left to right. Never behind its end.
class Scanner {
  public:
    explicit Scanner(const std::string& text) : text_(text) {}
    [[nodiscard]] bool atEnd() const { return at_ >= text_.size(); }
    void skip(std::string_view characters) {
        at_ = std::min(text_.find_first_not_of(characters, at_), text_.size());
    }
    bool take(char character) {
        const bool there = !atEnd() && text_[at_] == character;
        at_ += there ? 1 : 0;
        return there;
    }
    std::string until(std::string_view characters) {
        const auto start = at_;
        at_ = std::min(text_.find_first_of(characters, start), text_.size());
        return text_.substr(start, at_ - start);
    }
    /// After the opening quote.
    std::string quoted() {
        std::string value;
        while (!atEnd() && !take('"')) {
            take('\\');
            if (!atEnd()) {
                value += text_[at_++];
            }
        }
        return value;
    }

  private:
    const std::string& text_;
    std::size_t at_ = 0;
};

/// The part of a log-in file's key that names host and path: docker writes "https://HOST/v1/" for
/// some registries, podman "HOST/NAMESPACE".
std::string plainName(const std::string& key) {
    std::string name = key;
    const auto scheme = name.find("://");
    if (scheme != std::string::npos) {
        name = name.substr(scheme + 3);
        name = name.substr(0, name.find('/'));
    }
    while (name.ends_with('/')) {
        name.pop_back();
    }
    for (const char* version : {"/v1", "/v2"}) {
        if (name.ends_with(version)) {
            name.resize(name.size() - 3);
        }
    }
    const auto path = std::min(name.find('/'), name.size());
    const std::string registry = host::lower(name.substr(0, path));
    return (registry == "index.docker.io" ? "docker.io" : registry) + name.substr(path);
}

bool isPlain(const std::string& text) {
    return std::ranges::all_of(
        text, [](unsigned char character) { return std::isgraph(character) != 0; });
}

/// Empty where it is not there, or no text.
std::string textOf(const host::JsonValue& object, const char* field) {
    const auto found = object.find(field);
    return found && found->isText() ? found->text() : "";
}

/// Empty when the answer holds none.
std::string tokenIn(const host::HttpAnswer& answer) {
    try {
        const host::JsonValue document(answer.body, {});
        for (const char* name : {"token", "access_token"}) {
            const std::string token = textOf(document, name);
            if (!token.empty() && isPlain(token)) {
                return token;
            }
        }
    } catch (const host::Error&) { // the caller says what the server answered
    }
    return "";
}

/// The token specification's request: GET with basic authentication, or POST of an identity token.
host::HttpAnswer askForToken(const AuthChallenge& challenge, const std::string& realm,
                             const Credentials& secret, host::HttpSession& session) {
    const auto value = [&](const char* name) {
        const auto found = challenge.parameters.find(name);
        return found == challenge.parameters.end() ? "" : found->second;
    };
    const std::string service = value("service");
    if (!secret.identityToken.empty()) {
        std::string form = host::withQuery("http://form", "grant_type", "refresh_token");
        form = host::withQuery(form, "service", service);
        form = host::withQuery(form, "client_id", kClientId);
        form = host::withQuery(form, "scope", value("scope"));
        form = host::withQuery(form, "refresh_token", secret.identityToken);
        form = form.substr(form.find('?') + 1);
        return session.send({.method = "POST",
                             .url = realm,
                             .headers = {"Content-Type: application/x-www-form-urlencoded"},
                             .body = form,
                             .limit = kLargestTokenAnswer});
    }
    std::string url = service.empty() ? realm : host::withQuery(realm, "service", service);
    for (const std::string& scope : host::words(value("scope"))) {
        url = host::withQuery(url, "scope", scope);
    }
    host::HttpRequest request{.url = url, .limit = kLargestTokenAnswer};
    if (!secret.basic.empty()) {
        request.headers.push_back("Authorization: Basic " + secret.basic);
    }
    return session.send(request);
}

} // namespace

std::vector<AuthChallenge> parseChallenges(const std::string& header) {
    std::vector<AuthChallenge> challenges;
    Scanner scanner(header);
    for (scanner.skip(" ,\t"); !scanner.atEnd(); scanner.skip(" ,\t")) {
        const std::string word = host::lower(scanner.until(" ,\t="));
        scanner.skip(" \t");
        if (!scanner.take('=')) {
            challenges.push_back({word, {}});
            continue;
        }
        scanner.skip(" \t");
        const std::string value = scanner.take('"') ? scanner.quoted() : scanner.until(" ,\t");
        if (!challenges.empty() && !word.empty()) {
            challenges.back().parameters[word] = value;
        }
    }
    return challenges;
}

Credentials credentialsIn(const std::string& document, const std::string& repository,
                          const std::string& origin) {
    const host::JsonValue json(document, {.refusal = origin + " is no log-in file",
                                          .remedy = "Log in again with docker or podman."});
    Credentials found;
    const auto auths = json.find("auths");
    if (!auths || !auths->isObject()) {
        return found;
    }
    std::size_t longest = 0;
    for (const auto& [key, entry] : auths->fields()) {
        const std::string name = plainName(key);
        const bool fits = repository == name || repository.starts_with(name + "/");
        if (name.empty() || !fits || name.size() <= longest || !entry.isObject()) {
            continue;
        }
        const Credentials one{textOf(entry, "auth"), textOf(entry, "identitytoken")};
        if (!one.empty() && isPlain(one.basic) && isPlain(one.identityToken)) {
            found = one;
            longest = name.size();
        }
    }
    return found;
}

Credentials RegistryAuth::credentials(const RegistryReference& to) const {
    for (const auto& file : files_) {
        const auto text = host::readFileIfExists(file, kLargestFile);
        auto found =
            text ? credentialsIn(*text, plainName(to.host) + "/" + to.repository, file.string())
                 : Credentials{};
        if (!found.empty()) {
            return found;
        }
    }
    return {};
}

std::string RegistryAuth::header(const RegistryReference& to) const {
    const auto found = headers_.find(keyOf(to));
    return found == headers_.end() ? "" : found->second;
}

bool RegistryAuth::accept(const RegistryReference& to, const std::string& base,
                          const std::string& challenge, host::HttpSession& session) {
    const Credentials secret = credentials(to);
    std::string& header = headers_[keyOf(to)];
    for (const AuthChallenge& wanted : parseChallenges(challenge)) {
        if (wanted.scheme == "basic" && !secret.basic.empty() && header.empty()) {
            header = "Basic " + secret.basic;
            return true;
        }
        const auto realm = wanted.parameters.find("realm");
        if (wanted.scheme != "bearer" || realm == wanted.parameters.end()) {
            continue;
        }
        const std::string url = host::resolveUrl(base, realm->second);
        if (base.starts_with("https:") && !url.starts_with("https:")) {
            throw host::Error(fmt::format("{} asks to fetch a token without TLS, from {}", to.host,
                                          host::Address(url)),
                              "Do not trust the registry, or what lies between.");
        }
        const auto answer = askForToken(wanted, url, secret, session);
        const std::string token = tokenIn(answer);
        if (answer.status != 200 || token.empty()) {
            throw host::Error(fmt::format("the token server {} gives no token for {}: HTTP "
                                          "status {}{}",
                                          host::originOf(url), keyOf(to), answer.status,
                                          registryWords(answer.body)),
                              kLogInRemedy);
        }
        header = "Bearer " + token;
        return true;
    }
    return false;
}

} // namespace precompile
