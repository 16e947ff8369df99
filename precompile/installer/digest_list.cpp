#include "precompile/installer/digest_list.h"

#include "host/base/error.h"
#include "host/base/text.h"
#include "host/crypto/digest.h"

#include <fmt/format.h>
#include <optional>

namespace precompile {

namespace {

struct Listed {
    std::string digest;
    std::string_view file;
};

std::string_view lastComponent(std::string_view path) {
    return path.substr(path.find_last_of('/') + 1);
}

/// "<digest>  <name>", or "<digest> *<name>" of a file that was read as binary.
std::optional<Listed> readSumLine(std::string_view line) {
    const auto blank = line.find(' ');
    if (blank == std::string_view::npos || blank + 2 >= line.size() ||
        (line[blank + 1] != ' ' && line[blank + 1] != '*')) {
        return std::nullopt;
    }
    return Listed{host::lower(line.substr(0, blank)), line.substr(blank + 2)};
}

/// ":<digest>:<size>::<URL>"
std::optional<Listed> readExtraData(std::string_view line) {
    const auto before = line.find("::");
    const auto parts = host::split(line.substr(0, before), ':');
    if (before == std::string_view::npos || parts.size() != 3 || !parts[0].empty()) {
        return std::nullopt;
    }
    return Listed{host::lower(parts[1]), line.substr(before + 2)};
}

} // namespace

std::string digestFromList(std::string_view list, const std::string& name,
                           const std::string& origin) {
    std::string found;
    for (const std::string& text : host::split(list, '\n')) {
        const std::string_view line = host::trimmed(text);
        const auto listed = line.starts_with(':') ? readExtraData(line) : readSumLine(line);
        if (!listed || !host::isDigest(listed->digest) ||
            lastComponent(listed->file) != lastComponent(name)) {
            continue;
        }
        if (!found.empty() && found != listed->digest) {
            throw host::Error(host::Fault::Verification,
                              fmt::format("{} has two SHA-256 digests of {}, which differ", origin,
                                          lastComponent(name)),
                              "Find out which one is right.");
        }
        found = listed->digest;
    }
    if (found.empty()) {
        throw host::Error(
            host::Fault::Verification,
            fmt::format("{} has no SHA-256 of {}", origin, lastComponent(name)),
            "Give a list with lines as sha256sum prints them, in which the file has this name.");
    }
    return found;
}

} // namespace precompile
