#include "driverctl/cli/value.h"

#include "driverctl/cli/nearest.h"
#include "host/base/address.h"
#include "host/base/error.h"
#include "host/base/printable.h"
#include "host/base/secret.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

namespace driverctl {

namespace {

std::vector<std::string_view> textsOf(const std::vector<Word>& words) {
    std::vector<std::string_view> texts;
    std::ranges::transform(words, std::back_inserter(texts), &Word::text);
    return texts;
}

} // namespace

std::string shown(Secret secret, const std::string& value) {
    switch (secret) {
    case Secret::Password:
        return host::withoutPassword(value);
    case Secret::Pin:
        return host::isPkcs11Uri(value) ? host::withoutPin(value) : value;
    case Secret::None:
        break;
    }
    return value;
}

void refuse(const Rules& rules, const std::string& value, std::string_view origin,
            std::string_view wanted) {
    const std::string text = shown(rules.secret, value);
    throw host::Error(host::Fault::Usage,
                      fmt::format("{}: {} cannot be '{}'{}", origin, rules.name, text,
                                  suggestion(text, textsOf(rules.choices))),
                      fmt::format("Give {}.", wanted));
}

void check(const Rules& rules, const std::string& value, std::string_view origin) {
    if (value.find('\0') != std::string::npos) {
        refuse(rules, host::printable(value), origin, "a value without a NUL character");
    }
    if (rules.secret != Secret::None && host::hasHiddenSecret(value)) {
        refuse(rules, value, origin, "the value with its secret, which was hidden here");
    }
    if (!rules.choices.empty() &&
        std::ranges::find(rules.choices, value, &Word::text) == rules.choices.end()) {
        refuse(rules, value, origin,
               fmt::format("one of: {}", fmt::join(textsOf(rules.choices), " ")));
    }
}

void requireReadable(const std::string& name, std::string_view kind) {
    if (name.empty() || host::isPkcs11Uri(name)) {
        return;
    }
    const bool unreadable = ::faccessat(AT_FDCWD, name.c_str(), R_OK, AT_EACCESS) != 0;
    std::error_code error(unreadable ? errno : 0, std::generic_category());
    if (!error && kind.starts_with("FILE") && std::filesystem::is_directory(name, error)) {
        error = std::make_error_code(std::errc::is_a_directory);
    }
    if (error) {
        throw host::Error(host::Fault::Usage, host::SystemError("read", name, error.value()).what(),
                          "Check the name and its permissions.");
    }
}

} // namespace driverctl
