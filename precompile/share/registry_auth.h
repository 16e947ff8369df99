/// Authentication with registries: credentials from log-in files, bearer tokens as asked for
/// (distribution's token specification). Private to registry.cpp and tests.
///
/// Credential helpers are not run: a log-in file has to hold the credentials themselves. They are
/// sent to the registry or to the token server that it names, never from https to http.
#pragma once

#include "host/net/http_session.h"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace precompile {

struct RegistryReference;

/// "Bearer realm=\"https://…\",service=\"…\",scope=\"…\"" taken apart.
struct AuthChallenge {
    std::string scheme; ///< lower case
    std::map<std::string, std::string, std::less<>> parameters;
};
/// All challenges of the header (RFC 9110, 11.6.1); what cannot be understood is left out.
std::vector<AuthChallenge> parseChallenges(const std::string& header);

struct Credentials {
    std::string basic;         ///< "user:password" in Base64
    std::string identityToken; ///< to be exchanged for an access token, instead of the password
    [[nodiscard]] bool empty() const { return basic.empty() && identityToken.empty(); }
};
/// What a document like docker's config.json or containers-auth.json(5) has for "HOST/REPOSITORY":
/// the entry with the longest name that fits. A damaged document is host::Error naming `origin`.
Credentials credentialsIn(const std::string& document, const std::string& repository,
                          const std::string& origin);

class RegistryAuth {
  public:
    explicit RegistryAuth(std::vector<std::filesystem::path> files) : files_(std::move(files)) {}

    /// The value of the Authorization header, or empty.
    [[nodiscard]] std::string header(const RegistryReference& to) const;
    /// Does what the challenge of a 401 asks for; `base` is the registry's address. False when
    /// nothing new is to be had.
    bool accept(const RegistryReference& to, const std::string& base, const std::string& challenge,
                host::HttpSession& session);

  private:
    [[nodiscard]] Credentials credentials(const RegistryReference& to) const;

    std::vector<std::filesystem::path> files_;
    std::map<std::string, std::string, std::less<>> headers_; ///< by registry and repository
};

} // namespace precompile
