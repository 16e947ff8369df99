/// Digests as OCI's documents write them: "sha256:" and hexadecimal digits. Other algorithms are
/// not used here.
#pragma once

#include "host/crypto/digest.h"

#include <string>
#include <string_view>

namespace precompile {

inline std::string ociDigest(std::string_view text) {
    return "sha256:" + host::digestOf(text);
}

inline bool isOciDigest(std::string_view text) {
    constexpr std::string_view kPrefix = "sha256:";
    return text.starts_with(kPrefix) && host::isDigest(text.substr(kPrefix.size()));
}

} // namespace precompile
