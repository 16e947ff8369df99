#include "driverctl/reference/mdoc.h"

#include "driverctl/cli/version.h"

#include <algorithm>
#include <cctype>
#include <fmt/format.h>
#include <sstream>

namespace driverctl {

namespace {

constexpr std::size_t kWidth = 78;

/// As roff reads it: no letter is an escape, a quotation mark, a dash of typography.
std::string escaped(std::string_view text) {
    std::string result;
    for (const char letter : text) {
        switch (letter) {
        case '\\':
            result += "\\e";
            break;
        case '-':
            result += "\\-";
            break;
        case '\'':
            result += "\\(aq";
            break;
        case '"':
            result += "\\(dq";
            break;
        case '`':
            result += "\\(ga";
            break;
        case '^':
            result += "\\(ha";
            break;
        case '~':
            result += "\\(ti";
            break;
        default:
            result += letter;
        }
    }
    return result;
}

/// A line of text may not begin like an instruction.
std::string escapedLine(std::string_view text) {
    return (text.starts_with('.') ? "\\&" : "") + escaped(text);
}

/// No macro's name, and no delimiter, is one in text.
std::string written(const MdocWord& word) {
    if (word.kind == MdocWord::Kind::Macro) {
        return word.text;
    }
    const std::string text = "\\&" + escaped(word.text);
    return text.find(' ') == std::string::npos ? text : fmt::format("\"{}\"", text);
}

std::string written(const Mdoc::Words& words) {
    std::string line;
    for (const MdocWord& word : words) {
        line += (line.empty() ? "" : " ") + written(word);
    }
    return line;
}

bool endsSentence(std::string_view word) {
    return !word.empty() && std::string_view(".!?").find(word.back()) != std::string_view::npos;
}

std::string upper(std::string_view text) {
    std::string result(text);
    std::ranges::transform(result, result.begin(), [](unsigned char letter) {
        return static_cast<char>(std::toupper(letter));
    });
    return result;
}

} // namespace

Mdoc::Mdoc(std::string_view name, int section, std::string_view summary)
    : page_(fmt::format(".\\\" Made of the tables of driverctl's commands and settings.\n"
                        ".Dd {}\n.Dt {} {}\n.Os\n"
                        ".Sh NAME\n.Nm {}\n.Nd {}\n",
                        kDate, upper(name), section, name, escaped(summary))) {}

Mdoc& Mdoc::section(std::string_view title) {
    return line({macro("Sh"), macro(std::string(title))});
}

Mdoc& Mdoc::subsection(std::string_view title) {
    return line({macro("Ss"), {std::string(title)}});
}

Mdoc& Mdoc::text(std::string_view sentences) {
    std::istringstream words{std::string(sentences)};
    std::string line; // escaped
    const auto end = [&] {
        page_ += line.empty() ? "" : line + "\n";
        line.clear();
    };
    for (std::string word; words >> word;) {
        if (line.size() + 1 + escaped(word).size() >= kWidth) {
            end();
        }
        line += line.empty() ? escapedLine(word) : " " + escaped(word);
        if (endsSentence(word)) {
            end();
        }
    }
    line += line.empty() ? "" : ".";
    end();
    return *this;
}

Mdoc& Mdoc::paragraph() {
    return line({macro("Pp")});
}

Mdoc& Mdoc::line(const Words& words) {
    page_ += fmt::format(".{}\n", written(words));
    return *this;
}

Mdoc& Mdoc::beginList() {
    page_ += ".Bl -tag -width Ds\n";
    return *this;
}

Mdoc& Mdoc::item(const Words& words) {
    page_ += fmt::format(".It {}\n", written(words));
    return *this;
}

Mdoc& Mdoc::endList() {
    page_ += ".El\n";
    return *this;
}

Mdoc& Mdoc::example(std::string_view lines) {
    page_ += ".Bd -literal -offset indent\n";
    std::istringstream stream{std::string(lines)};
    for (std::string line; std::getline(stream, line);) {
        page_ += escapedLine(line) + "\n";
    }
    page_ += ".Ed\n";
    return *this;
}

} // namespace driverctl
