/// Authentication with registries: credentials from log-in files, bearer tokens as asked for
/// (distribution specification, token authentication). Private to precompile/registry.cpp.
#pragma once

#include "host/http_session.h"

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
AuthChallenge parseChallenge(const std::string& header);

/// "user:password" in Base64 for the registry out of a document like docker's config.json; empty
/// when it has none. A damaged document is host::Error naming `origin`.
std::string credentialsIn(const std::string& document, const std::string& registry,
                          const std::string& origin);

class RegistryAuth {
  public:
    explicit RegistryAuth(std::vector<std::filesystem::path> files) : files_(std::move(files)) {}

    /// The value of the Authorization header, or empty.
    [[nodiscard]] std::string header(const RegistryReference& to) const;
    /// Does what the challenge of a 401 asks for. False when nothing new is to be had.
    bool accept(const RegistryReference& to, const std::string& challenge,
                host::HttpSession& session);

  private:
    [[nodiscard]] std::string credentials(const std::string& registry) const;

    std::vector<std::filesystem::path> files_;
    std::map<std::string, std::string, std::less<>> headers_; ///< by registry and repository
};

} // namespace precompile
