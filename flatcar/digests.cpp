#include "flatcar/digests.h"

#include "host/base/error.h"
#include "host/crypto/digest.h"

#include <fmt/format.h>
#include <sstream>

namespace flatcar {

std::string sha512Of(std::string_view file, std::string_view digests, std::string_view origin) {
    const auto refuse = [&](std::string_view cause) {
        throw host::Error(host::Fault::Verification,
                          fmt::format("{} {} of {}", origin, cause, file),
                          "Look at what the server sends for it, or name another one with "
                          "{mirror}.");
    };
    std::istringstream lines{std::string(digests)};
    std::string found;
    bool inSection = false;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with('#')) {
            inSection = line == "# SHA512 HASH";
            continue;
        }
        std::istringstream words(line);
        std::string digest;
        std::string name;
        if (!inSection || !(words >> digest >> name) || name != file) {
            continue;
        }
        if (!host::isDigest(digest, host::DigestKind::Sha512) ||
            (!found.empty() && found != digest)) {
            refuse("has no usable SHA-512");
        }
        found = digest;
    }
    if (found.empty()) {
        refuse("names no SHA-512");
    }
    return found;
}

} // namespace flatcar
