#include "host/base/documents/toml_style.h"

#include <algorithm>
#include <fmt/format.h>

namespace host {

namespace {

using toml_text::Section;

std::size_t commonKeys(const std::vector<std::string>& one, const std::vector<std::string>& other) {
    return static_cast<std::size_t>(std::ranges::mismatch(one, other).in1 - one.begin());
}

bool isBare(const std::string& key) {
    return !key.empty() && std::ranges::all_of(key, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-';
    });
}

/// As a string with double quotes has it.
std::string escaped(const std::string& text) {
    constexpr unsigned char kDelete = 0x7f;
    std::string result;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            result += '\\';
            result += c;
        } else if (byte < ' ' || byte == kDelete) {
            result += fmt::format("\\u{:04x}", byte);
        } else {
            result += c;
        }
    }
    return result;
}

bool mayBeLiteral(const std::string& text) {
    return std::ranges::none_of(text, [](char c) {
        return c == '\'' || (static_cast<unsigned char>(c) < ' ') || c == '\x7f';
    });
}

} // namespace

TomlStyle::TomlStyle(std::string_view text, const std::vector<Section>& sections)
    : text_(text), sections_(sections),
      newline_(text.find("\r\n") == std::string_view::npos ? "\n" : "\r\n"),
      literals_(prefersLiterals()) {
    for (const Section& section : sections) {
        if (section.path.empty() || section.entries.empty()) {
            continue;
        }
        const std::string outer = indentOf(section.header);
        const std::string inner = indentOf(section.entries.front().key.begin);
        if (inner.starts_with(outer)) {
            step_ = inner.substr(outer.size());
            break;
        }
    }
}

/// More strings have single quotes than double ones.
bool TomlStyle::prefersLiterals() const {
    std::ptrdiff_t more = 0;
    for (const Section& section : sections_) {
        for (const auto& entry : section.entries) {
            const char first = entry.value.begin < text_.size() ? text_[entry.value.begin] : '\0';
            more += first == '\'' ? 1 : first == '"' ? -1 : 0;
        }
    }
    return more > 0;
}

std::string TomlStyle::indentOf(std::size_t offset) const {
    const auto begin = std::max(toml_text::beginOfLine(text_, offset), sections_.front().begin);
    const auto line = text_.substr(begin, offset - begin);
    return std::string(line.substr(0, std::min(line.find_first_not_of(" \t"), line.size())));
}

std::string TomlStyle::entryIndentOf(const Section& section) const {
    if (!section.entries.empty()) {
        return indentOf(section.entries.back().key.begin);
    }
    return section.path.empty() ? "" : indentOf(section.header) + step_;
}

TomlStyle::Indents TomlStyle::indentsOf(const std::vector<std::string>& path) const {
    const Section* nearest = nullptr;
    std::size_t most = 0;
    for (const Section& section : sections_) {
        const std::size_t common = commonKeys(section.path, path);
        const bool isSister =
            section.path.size() == path.size() && common + 1 == section.path.size();
        if (isSister && !section.isInList) {
            const std::string header = indentOf(section.header);
            return {header, section.entries.empty() ? header + step_ : entryIndentOf(section)};
        }
        if (!section.path.empty() && common == section.path.size() && common > most) {
            nearest = &section;
            most = common;
        }
    }
    std::string header;
    if (nearest != nullptr) {
        header = indentOf(nearest->header);
        for (std::size_t level = most; level < path.size(); ++level) {
            header += step_;
        }
    }
    return {header, header + step_};
}

std::string TomlStyle::quoted(const std::string& text) const {
    return literals_ && mayBeLiteral(text) ? "'" + text + "'" : "\"" + escaped(text) + "\"";
}

std::string TomlStyle::word(const std::string& key) const {
    return isBare(key) ? key : quoted(key);
}

std::string TomlStyle::keys(const std::vector<std::string>& path, std::size_t from) const {
    const Section* model = nullptr;
    std::size_t most = 0;
    for (const Section& section : sections_) {
        const std::size_t common = commonKeys(section.path, path);
        if (common > most) {
            model = &section;
            most = common;
        }
    }
    std::string text;
    for (std::size_t i = from; i < path.size(); ++i) {
        text += (text.empty() ? "" : ".") + (i < most ? model->words[i] : word(path[i]));
    }
    return text;
}

std::string TomlStyle::rendered(const nlohmann::ordered_json& value) const {
    if (value.is_string()) {
        return quoted(value.get<std::string>());
    }
    if (!value.is_structured()) {
        return value.dump();
    }
    std::string text;
    for (const auto& [key, entry] : value.items()) {
        text += text.empty() ? "" : ", ";
        text += value.is_object() ? word(key) + " = " + rendered(entry) : rendered(entry);
    }
    return value.is_array() ? "[" + text + "]" : text.empty() ? "{}" : "{ " + text + " }";
}

} // namespace host
