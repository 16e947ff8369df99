#include "host/base/documents/toml_text.h"

#include "host/base/documents/toml.h"

#include <algorithm>
#include <set>

namespace host::toml_text {

namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

/// A key's words, as they are meant and as they are written.
struct Key {
    std::vector<std::string> path;
    std::vector<std::string> words;
    Range range;
};

std::string meaningOf(const std::string& word) {
    if (!word.starts_with('"') && !word.starts_with('\'')) {
        return word;
    }
    try {
        return toml::parse("key = " + word)["key"].value_or(std::string());
    } catch (const toml::parse_error&) {
        return word;
    }
}

std::vector<std::string> joined(std::vector<std::string> path,
                                const std::vector<std::string>& more) {
    path.insert(path.end(), more.begin(), more.end());
    return path;
}

class Scanner {
  public:
    explicit Scanner(std::string_view text)
        : text_(text), at_(text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0) {}

    std::vector<Section> sections() {
        sections_.push_back({.begin = at_, .body = at_});
        for (skipToContent(); at_ < text_.size(); skipToContent()) {
            if (peek() == '[') {
                header();
            } else {
                sections_.back().entries.push_back(entry(sections_.back().path));
            }
            at_ = std::max(at_ + 1, endOfLine(text_, at_)); // a comment may follow
        }
        sections_.back().end = text_.size();
        return std::move(sections_);
    }

  private:
    [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    [[nodiscard]] bool sees(std::string_view what) const {
        return at_ < text_.size() && text_.substr(at_).starts_with(what);
    }
    void skip(std::string_view characters) {
        at_ = std::min(text_.find_first_not_of(characters, at_), text_.size());
    }
    /// Blanks, newlines and comments.
    void skipToContent() {
        for (skip(" \t\r\n"); peek() == '#'; skip(" \t\r\n")) {
            at_ = endOfLine(text_, at_);
        }
    }

    void header() {
        const std::size_t begin = at_;
        const bool isList = sees("[[");
        at_ += isList ? 2 : 1;
        skip(" \t");
        Key name = key();
        const bool isInList = isList || std::ranges::any_of(lists_, [&](const auto& list) {
                                  return list.size() <= name.path.size() &&
                                         std::equal(list.begin(), list.end(), name.path.begin());
                              });
        if (isList) {
            lists_.insert(name.path);
        }
        const std::size_t line = std::max(beginOfLine(text_, begin), sections_.front().begin);
        sections_.back().end = line;
        sections_.push_back({.path = std::move(name.path),
                             .words = std::move(name.words),
                             .isInList = isInList,
                             .header = begin,
                             .begin = line,
                             .body = endOfLine(text_, at_)});
    }

    Key key() {
        Key key{.path = {}, .words = {}, .range = {at_, at_}};
        while (at_ < text_.size()) {
            const std::size_t begin = at_;
            if (peek() == '"' || peek() == '\'') {
                string();
            } else {
                at_ = std::min(text_.find_first_of(" \t.=]\r\n#", at_), text_.size());
            }
            key.words.emplace_back(text_.substr(begin, at_ - begin));
            key.path.push_back(meaningOf(key.words.back()));
            key.range.end = at_;
            skip(" \t");
            if (peek() != '.') {
                break;
            }
            ++at_;
            skip(" \t");
        }
        return key;
    }

    Entry entry(const std::vector<std::string>& above) {
        const Key name = key();
        Entry entry{.path = joined(above, name.path), .key = name.range};
        at_ += peek() == '=' ? 1 : 0;
        skip(" \t");
        value(entry);
        return entry;
    }

    void value(Entry& entry) {
        entry.value.begin = at_;
        if (peek() == '"' || peek() == '\'') {
            string();
        } else if (peek() == '[') {
            list(entry);
        } else if (peek() == '{') {
            table(entry);
        } else {
            const auto end = std::min(text_.find_first_of(",]}#\r\n", at_), text_.size());
            const auto last = text_.find_last_not_of(" \t", end == 0 ? 0 : end - 1);
            at_ = std::max(at_, std::min(end, last == std::string_view::npos ? end : last + 1));
        }
        entry.value.end = at_;
    }

    void list(Entry& entry) {
        ++at_;
        for (skipToContent(); at_ < text_.size() && peek() != ']'; skipToContent()) {
            Entry element{.path = entry.path};
            const std::size_t begin = at_;
            value(element);
            entry.elements.push_back(element.value);
            skipToContent();
            at_ += peek() == ',' || at_ == begin ? 1 : 0;
        }
        at_ = std::min(at_ + 1, text_.size());
    }

    void table(Entry& table) {
        ++at_;
        for (skip(" \t"); at_ < text_.size() && peek() != '}'; skip(" \t")) {
            const std::size_t begin = at_;
            table.members.push_back(entry(table.path));
            skip(" \t");
            at_ += peek() == ',' || at_ == begin ? 1 : 0;
        }
        at_ = std::min(at_ + 1, text_.size());
    }

    void string() {
        const char quote = peek();
        const std::string three(3, quote);
        const bool isLong = sees(three);
        const auto end = std::string_view(three).substr(0, isLong ? three.size() : 1);
        for (at_ += end.size(); at_ < text_.size() && !sees(end); ++at_) {
            at_ += quote == '"' && peek() == '\\' ? 1 : 0;
        }
        at_ = std::min(at_ + end.size(), text_.size());
        for (int more = 0; isLong && more < 2 && peek() == quote; ++more) { // """a quote """""
            ++at_;
        }
    }

    std::string_view text_;
    std::size_t at_;
    std::vector<Section> sections_;
    std::set<std::vector<std::string>> lists_;
};

} // namespace

std::vector<Section> scan(std::string_view text) {
    return Scanner(text).sections();
}

std::size_t beginOfLine(std::string_view text, std::size_t offset) {
    const auto newline = offset == 0 ? std::string_view::npos : text.rfind('\n', offset - 1);
    return newline == std::string_view::npos ? 0 : newline + 1;
}

std::size_t endOfLine(std::string_view text, std::size_t offset) {
    const auto newline = text.find('\n', offset);
    return newline == std::string_view::npos ? text.size() : newline + 1;
}

} // namespace host::toml_text
