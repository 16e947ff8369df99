#include "flatcar/digests.h"

#include "host/base/error.h"
#include "host/crypto/digest.h"

#include <fmt/format.h>
#include <sstream>

namespace flatcar {

std::string sha512Of(std::string_view file, std::string_view digests, std::string_view origin) {
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
            throw host::Error(host::Fault::Verification,
                              fmt::format("{} has no usable SHA-512 of {}", origin, file));
        }
        found = digest;
    }
    if (found.empty()) {
        throw host::Error(host::Fault::Verification,
                          fmt::format("{} names no SHA-512 of {}", origin, file));
    }
    return found;
}

} // namespace flatcar
