#include "host/base/key_values.h"

#include "host/base/file.h"
#include "host/base/text.h"

#include <cctype>

namespace host {

namespace {

bool isName(std::string_view text) {
    for (const char character : text) {
        if (std::isalnum(static_cast<unsigned char>(character)) == 0 && character != '_') {
            return false;
        }
    }
    return !text.empty() && std::isdigit(static_cast<unsigned char>(text.front())) == 0;
}

/// Shell-like: quotes removed, backslash escapes resolved (not inside single quotes).
std::string unquote(std::string_view text) {
    std::string value;
    char quote = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char character = text[i];
        if (quote == 0 && (character == '"' || character == '\'')) {
            quote = character;
        } else if (character == quote) {
            quote = 0;
        } else if (character == '\\' && quote != '\'' && i + 1 < text.size()) {
            value += text[++i];
        } else {
            value += character;
        }
    }
    return value;
}

} // namespace

std::string valueOf(const KeyValues& values, std::string_view key) {
    const auto found = values.find(key);
    return found == values.end() ? "" : found->second;
}

std::string firstValueOf(const KeyValues& values, std::initializer_list<std::string_view> keys) {
    for (const std::string_view key : keys) {
        if (auto value = valueOf(values, key); !value.empty()) {
            return value;
        }
    }
    return "";
}

KeyValues parseKeyValues(std::string_view text) {
    KeyValues values;
    while (!text.empty()) {
        const auto end = text.find('\n');
        const std::string_view line = trimmed(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        const auto equals = line.find('=');
        if (equals != std::string_view::npos && isName(line.substr(0, equals))) {
            values.insert_or_assign(std::string(line.substr(0, equals)),
                                    unquote(line.substr(equals + 1)));
        }
    }
    return values;
}

std::optional<KeyValues> readKeyValues(const std::filesystem::path& file) {
    const auto text = readFileIfExists(file, 1 << 20);
    return text ? std::optional(parseKeyValues(*text)) : std::nullopt;
}

} // namespace host
