#include "host/base/printable.h"

#include <fmt/format.h>
#include <iterator>

namespace host {

namespace {

constexpr std::string_view kContinuation = "\n  ";

struct Range {
    char32_t first, last;
};

constexpr Range kUnprintable[] = {
    {0x00, 0x1f},     {0x7f, 0x9f},                       // C0, DEL, C1
    {0x00ad, 0x00ad}, {0x061c, 0x061c}, {0x180e, 0x180e}, // soft hyphen, Arabic and Mongolian marks
    {0x200b, 0x200f}, {0x2028, 0x202e},                   // zero width, separators, embeddings
    {0x2060, 0x206f}, {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, // isolates, BOM, annotations
};

bool isPrintable(char32_t code) {
    for (const auto& [first, last] : kUnprintable) {
        if (code >= first && code <= last) {
            return false;
        }
    }
    return true;
}

void append(std::string& out, std::string_view text, const Character& character, bool keepNewline) {
    if (!character.valid) {
        fmt::format_to(std::back_inserter(out), "\\x{:02x}",
                       static_cast<unsigned char>(text.front()));
    } else if (isPrintable(character.code) || (keepNewline && character.code == '\n')) {
        out += text.substr(0, character.length);
    } else if (character.code == '\n' || character.code == '\r' || character.code == '\t') {
        out += character.code == '\n' ? "\\n" : character.code == '\r' ? "\\r" : "\\t";
    } else {
        fmt::format_to(std::back_inserter(out), "\\u{:04x}",
                       static_cast<std::uint32_t>(character.code));
    }
}

std::string convert(std::string_view text, bool keepNewlines) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const Character character = firstCharacter(text);
        append(out, text, character, keepNewlines);
        text.remove_prefix(character.length);
    }
    return out;
}

} // namespace

Character firstCharacter(std::string_view text) {
    const auto byte = [text](std::size_t index) { return static_cast<unsigned char>(text[index]); };
    constexpr Character kInvalid{.code = 0, .length = 1, .valid = false};
    const unsigned char lead = byte(0);
    if (lead < 0x80) {
        return {.code = lead};
    }
    const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    constexpr char32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
    if (lead < 0xc2 || lead > 0xf4 || text.size() < length) {
        return kInvalid;
    }
    char32_t code = lead & (0x7fU >> length);
    for (std::size_t index = 1; index < length; ++index) {
        if ((byte(index) & 0xc0U) != 0x80) {
            return kInvalid;
        }
        code = code << 6U | (byte(index) & 0x3fU);
    }
    const bool surrogate = code >= 0xd800 && code <= 0xdfff;
    if (code < kLeast[length] || code > 0x10ffff || surrogate) {
        return kInvalid;
    }
    return {.code = code, .length = length};
}

bool isUtf8(std::string_view text) {
    while (!text.empty()) {
        const Character character = firstCharacter(text);
        if (!character.valid) {
            return false;
        }
        text.remove_prefix(character.length);
    }
    return true;
}

std::string printable(std::string_view text) {
    return convert(text, false);
}

std::string printableLines(std::string_view text) {
    return convert(text, true);
}

std::string printableMessage(std::string_view text) {
    std::string out;
    for (auto at = text.find(kContinuation); at != std::string_view::npos;
         at = text.find(kContinuation)) {
        out += printable(text.substr(0, at));
        out += kContinuation;
        text.remove_prefix(at + kContinuation.size());
    }
    return out + printable(text);
}

} // namespace host
