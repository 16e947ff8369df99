#include "host/process/program_version.h"

#include "host/base/text.h"

#include <fmt/format.h>

namespace host {

std::string toString(const ProgramVersion& version) {
    return fmt::format("{}.{}", version.major, version.minor);
}

std::optional<ProgramVersion> parseVersion(std::string_view text) {
    constexpr std::string_view kDigits = "0123456789";
    if (text.starts_with('v')) {
        text.remove_prefix(1);
    }
    const auto dot = text.find('.');
    const auto rest = dot == std::string_view::npos ? "0" : text.substr(dot + 1);
    const auto major = toNumber<unsigned>(text.substr(0, dot));
    const auto minor = toNumber<unsigned>(rest.substr(0, rest.find_first_not_of(kDigits)));
    return major && minor ? std::optional(ProgramVersion{*major, *minor}) : std::nullopt;
}

std::optional<ProgramVersion> versionInAnswer(std::string_view answer) {
    for (const auto& word : words(answer)) {
        const auto version = parseVersion(word);
        if (version && word.find('.') != std::string::npos) {
            return version;
        }
    }
    return std::nullopt;
}

} // namespace host
