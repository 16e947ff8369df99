#include "toolkit/cdi/names.h"

#include "host/base/text.h"

#include <algorithm>
#include <fmt/format.h>

namespace toolkit::cdi {

namespace {

constexpr std::size_t kLongestPrefix = 253; // of an annotation's key: a DNS name
constexpr std::size_t kLongestName = 63;

bool isLetterOrDigit(char character) {
    return isLetter(character) || (character >= '0' && character <= '9');
}

/// What is wrong with what stands between the first and the last character, and with the last.
/// `what` names the name in an error: "class", "device name".
std::optional<std::string> problemOfRest(std::string_view name, std::string_view what,
                                         std::string_view endRule, std::string_view others) {
    const auto inside = name.size() > 2 ? name.substr(1, name.size() - 2) : std::string_view();
    const auto* const wrong = std::ranges::find_if(inside, [&](char character) {
        return !isLetterOrDigit(character) && others.find(character) == std::string_view::npos;
    });
    if (wrong != inside.end()) {
        return fmt::format("character {} in a {}", *wrong, what);
    }
    return isLetterOrDigit(name.back()) ? std::nullopt
                                        : std::optional(fmt::format("{} {}", what, endRule));
}

std::optional<std::string> problemOfPart(std::string_view part, std::string_view what) {
    if (!isLetter(part.front())) {
        return fmt::format("{} has to start with a letter", what);
    }
    return problemOfRest(part, what, "has to end with a letter or digit", "_-.");
}

bool isLabel(std::string_view text, std::string_view others) {
    return !text.empty() && text.size() <= kLongestName && isLetterOrDigit(text.front()) &&
           !problemOfRest(text, "", "", others);
}

/// Of parts with dots between them, whose length counts together.
bool isDnsName(std::string_view text) {
    return text.size() <= kLongestPrefix &&
           std::ranges::all_of(host::split(text, '.'), [](std::string_view part) {
               return !part.empty() && isLetterOrDigit(part.front()) &&
                      !problemOfRest(part, "", "", "-");
           });
}

} // namespace

bool isLetter(char character) {
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z');
}

Kind kindOf(std::string_view text) {
    const auto slash = text.find('/');
    if (slash == std::string_view::npos || slash == 0 || slash + 1 == text.size()) {
        return {};
    }
    return {.vendor = std::string(text.substr(0, slash)),
            .className = std::string(text.substr(slash + 1))};
}

std::optional<std::string> problemOfKind(std::string_view kind) {
    const auto [vendor, className] = kindOf(kind);
    if (vendor.empty()) {
        return "kind is vendor/class";
    }
    const auto problem = problemOfPart(vendor, "vendor");
    return problem ? problem : problemOfPart(className, "class");
}

std::optional<std::string> problemOfDeviceName(std::string_view name) {
    if (name.empty()) {
        return "device without a name";
    }
    if (!isLetterOrDigit(name.front())) {
        return "device name starts with a letter or digit";
    }
    return problemOfRest(name, "device name", "ends with a letter or digit", "_-.:");
}

std::optional<std::string> problemOfAnnotationKey(std::string_view key) {
    const auto slash = key.find('/');
    const bool hasPrefix = slash != std::string_view::npos;
    const auto name = hasPrefix ? key.substr(slash + 1) : key;
    const bool good = isLabel(name, "_-.") && (!hasPrefix || isDnsName(key.substr(0, slash)));
    return good ? std::nullopt : std::optional<std::string>("annotation's key is no label");
}

} // namespace toolkit::cdi
