#include "host/base/documents/toml_splice.h"

#include "host/base/documents/toml_style.h"

#include <algorithm>

namespace host::toml_splice {

namespace {

using Json = nlohmann::ordered_json;
using Keys = std::vector<std::string>;
using toml_text::Entry;
using toml_text::Range;
using toml_text::Section;

bool isBelow(const Keys& path, const Keys& above) {
    return path.size() >= above.size() && std::equal(above.begin(), above.end(), path.begin());
}

Keys firstOf(const Keys& path, std::size_t count) {
    return {path.begin(), path.begin() + static_cast<std::ptrdiff_t>(count)};
}

Json object(const std::string& key, const Json& value) {
    Json object = Json::object();
    object[key] = value;
    return object;
}

/// The value in a table for each of the keys from `from` on.
Json below(const Keys& path, std::size_t from, Json value) {
    for (std::size_t i = path.size(); i > from; --i) {
        value = object(path[i - 1], value);
    }
    return value;
}

/// Nothing but blanks, or blanks and a comment when `comment` is set.
bool isEmptyLine(std::string_view line, bool comment) {
    const auto first = line.find_first_not_of(" \t\r\n");
    return first == std::string_view::npos ? !comment : comment && line[first] == '#';
}

const Entry* findIn(const std::vector<Entry>& entries, const Keys& path) {
    for (const Entry& entry : entries) {
        if (entry.path == path) {
            return &entry;
        }
        if (const Entry* const member = findIn(entry.members, path)) {
            return member;
        }
    }
    return nullptr;
}

class Splice {
  public:
    explicit Splice(const std::string& text)
        : text_(text), sections_(toml_text::scan(text)), style_(text_, sections_) {}

    [[nodiscard]] std::string with(const Keys& path, std::size_t there, const Json& value) const;
    [[nodiscard]] std::string appended(const Keys& path, const std::string& word) const;
    [[nodiscard]] std::string withoutEntry(const Keys& path, std::size_t index) const;
    [[nodiscard]] std::string without(const Keys& path) const;
    [[nodiscard]] std::size_t offsetOf(const Keys& path) const;

  private:
    [[nodiscard]] const Entry* entryAt(const Keys& path) const;
    [[nodiscard]] const Section* sectionAt(const Keys& path) const;
    /// The entry above an inline table's member.
    [[nodiscard]] const Entry* inlineTableOf(const Keys& member) const;

    [[nodiscard]] std::string spliced(Range range, const std::string& replacement) const {
        return text_.substr(0, range.begin) + replacement + text_.substr(range.end);
    }
    /// Whole lines, at a line's begin or at the end of a text without a last newline.
    [[nodiscard]] std::string withLines(std::size_t at, std::string lines) const;
    [[nodiscard]] std::string withLine(const Section& section, const Keys& path,
                                       const Json& value) const;
    [[nodiscard]] std::string withMember(const Entry& table, const std::string& member) const;
    [[nodiscard]] std::string withSections(const Keys& path, const Json& value) const;
    [[nodiscard]] std::string withHeaderAbove(const Keys& table, const std::string& key,
                                              const Json& value) const;

    [[nodiscard]] std::string sectionText(const Keys& path, const Json& value) const;
    [[nodiscard]] std::string dottedText(const Keys& path, std::size_t from, const Json& value,
                                         const std::string& indent) const;
    [[nodiscard]] std::string line(const std::string& indent, const std::string& key,
                                   const Json& value) const {
        return indent + key + " = " + style_.rendered(value) + style_.newline();
    }
    /// Behind what belongs to the section: comments that the next header follows are that one's.
    [[nodiscard]] std::size_t endOf(const Section& section) const;
    [[nodiscard]] std::size_t beginOfLine(std::size_t offset) const {
        return std::max(toml_text::beginOfLine(text_, offset), sections_.front().begin);
    }
    [[nodiscard]] bool isEmptyAbove(std::size_t lineBegin, bool comment) const {
        const std::size_t above = lineBegin == 0 ? 0 : beginOfLine(lineBegin - 1);
        return lineBegin > sections_.front().begin &&
               isEmptyLine(std::string_view(text_).substr(above, lineBegin - above), comment);
    }

    const std::string& text_;
    std::vector<Section> sections_;
    TomlStyle style_;
};

const Entry* Splice::entryAt(const Keys& path) const {
    for (const Section& section : sections_) {
        const Entry* const entry = section.isInList ? nullptr : findIn(section.entries, path);
        if (entry != nullptr) {
            return entry;
        }
    }
    return nullptr;
}

const Section* Splice::sectionAt(const Keys& path) const {
    const auto section = std::ranges::find_if(sections_, [&](const Section& candidate) {
        return !candidate.isInList && candidate.path == path;
    });
    return section == sections_.end() ? nullptr : &*section;
}

std::size_t Splice::endOf(const Section& section) const {
    std::size_t end = section.end;
    const std::size_t least = section.entries.empty()
                                  ? section.body
                                  : toml_text::endOfLine(text_, section.entries.back().value.end);
    while (&section != &sections_.back() && end > least && isEmptyAbove(end, true)) {
        end = beginOfLine(end - 1);
    }
    while (end > least && isEmptyAbove(end, false)) {
        end = beginOfLine(end - 1);
    }
    return std::max(end, least);
}

std::string Splice::withLines(std::size_t at, std::string lines) const {
    if (at > sections_.front().begin && text_[at - 1] != '\n') { // and it stays without
        lines = style_.newline() + lines.substr(0, lines.size() - style_.newline().size());
    }
    return spliced({at, at}, lines);
}

std::string Splice::dottedText(const Keys& path, std::size_t from, const Json& value,
                               const std::string& indent) const {
    if (!value.is_object() || value.empty()) {
        return line(indent, style_.keys(path, from), value);
    }
    std::string text;
    for (const auto& [key, member] : value.items()) {
        Keys inner = path;
        inner.push_back(key);
        text += dottedText(inner, from, member, indent);
    }
    return text;
}

std::string Splice::sectionText(const Keys& path, const Json& value) const {
    const auto indents = style_.indentsOf(path);
    std::string lines;
    std::string below;
    for (const auto& [key, member] : value.items()) {
        if (member.is_object()) {
            Keys inner = path;
            inner.push_back(key);
            below += sectionText(inner, member);
        } else {
            lines += line(indents.entry, style_.keys({key}), member);
        }
    }
    const bool isNamed = !lines.empty() || below.empty();
    return (isNamed ? indents.header + "[" + style_.keys(path) + "]" + style_.newline() : "") +
           lines + below;
}

/// A table of its own: behind the last section that shares most of its keys.
std::string Splice::withSections(const Keys& path, const Json& value) const {
    const Section* after = &sections_.back();
    for (std::size_t count = path.size(); count-- > 0;) {
        const auto last =
            std::find_if(sections_.rbegin(), sections_.rend(), [&](const Section& section) {
                return !section.isInList && !section.path.empty() &&
                       isBelow(section.path, firstOf(path, count));
            });
        if (last != sections_.rend()) {
            after = &*last;
            break;
        }
    }
    const bool isFirst = after->path.empty() && after->entries.empty();
    const bool isSpaced = after->path.empty() ? !isFirst : isEmptyAbove(after->begin, false);
    return withLines(endOf(*after), (isSpaced ? style_.newline() : "") + sectionText(path, value));
}

/// A table that only the headers of its own tables tell of gets one, above the first of them.
std::string Splice::withHeaderAbove(const Keys& table, const std::string& key,
                                    const Json& value) const {
    const auto first = std::ranges::find_if(sections_, [&](const Section& section) {
        return !section.path.empty() && isBelow(section.path, table);
    });
    if (first == sections_.end()) {
        return text_;
    }
    std::size_t at = first->begin;
    while (isEmptyAbove(at, true)) {
        at = beginOfLine(at - 1);
    }
    const std::string gap = isEmptyAbove(at, false) ? style_.newline() : "";
    return withLines(at, sectionText(table, object(key, value)) + gap);
}

std::string Splice::withMember(const Entry& table, const std::string& member) const {
    if (table.members.empty()) {
        return spliced(table.value, "{ " + member + " }");
    }
    const std::size_t end = table.members.back().value.end;
    return spliced({end, end}, ", " + member);
}

std::string Splice::withLine(const Section& section, const Keys& path, const Json& value) const {
    const std::size_t at = section.entries.empty()
                               ? (section.path.empty() ? endOf(section) : section.body)
                               : toml_text::endOfLine(text_, section.entries.back().value.end);
    return withLines(at,
                     dottedText(path, section.path.size(), value, style_.entryIndentOf(section)));
}

std::string Splice::with(const Keys& path, std::size_t there, const Json& value) const {
    if (const Entry* const entry = entryAt(path)) {
        return spliced(entry->value, style_.rendered(value));
    }
    const Keys table = firstOf(path, there);
    if (const Entry* const entry = entryAt(table)) {
        const Json member = below(path, there + 1, value);
        return withMember(*entry, style_.keys({path[there]}) + " = " + style_.rendered(member));
    }
    const bool isTable = value.is_object() || there + 1 < path.size();
    for (const Section& section : sections_) { // it is made by keys with dots: so are its others
        const auto dotted =
            std::find_if(section.entries.rbegin(), section.entries.rend(), [&](const Entry& entry) {
                return section.path.size() < table.size() && isBelow(entry.path, table);
            });
        if (!section.isInList && dotted != section.entries.rend()) {
            return withLines(
                toml_text::endOfLine(text_, dotted->value.end),
                dottedText(path, section.path.size(), value, style_.indentOf(dotted->key.begin)));
        }
    }
    const Section* const section = sectionAt(table);
    if (isTable) {
        return value.is_object()
                   ? withSections(path, value)
                   : withSections(firstOf(path, path.size() - 1), object(path.back(), value));
    }
    return section != nullptr ? withLine(*section, path, value)
                              : withHeaderAbove(table, path.back(), value);
}

std::string Splice::appended(const Keys& path, const std::string& word) const {
    const Entry* const list = entryAt(path);
    if (list == nullptr) {
        return text_;
    }
    const std::string entry = style_.rendered(word);
    if (list->elements.empty()) {
        return spliced(list->value, "[" + entry + "]");
    }
    const Range last = list->elements.back();
    const std::size_t bracket = list->value.end - 1;
    const std::size_t lastLine = beginOfLine(bracket);
    auto rest = std::string_view(text_).substr(last.end, bracket - last.end);
    const bool hasComma =
        rest.substr(0, rest.find_first_of("#\n")).find(',') != std::string_view::npos;
    if (lastLine <= last.end) {
        return spliced({last.end, last.end}, ", " + entry);
    }
    const std::string indent = style_.indentOf(last.begin);
    return text_.substr(0, last.end) + (hasComma ? "" : ",") +
           text_.substr(last.end, lastLine - last.end) + indent + entry + (hasComma ? "," : "") +
           style_.newline() + text_.substr(lastLine);
}

std::string Splice::withoutEntry(const Keys& path, std::size_t index) const {
    const Entry* const list = entryAt(path);
    if (list == nullptr || index >= list->elements.size()) {
        return text_;
    }
    const auto& all = list->elements;
    const Range line = {beginOfLine(all[index].begin), toml_text::endOfLine(text_, all[index].end)};
    const bool hasLine = line.begin > (index == 0 ? list->value.begin : all[index - 1].end) &&
                         line.end < list->value.end &&
                         (index + 1 == all.size() || all[index + 1].begin >= line.end);
    if (hasLine) { // the comma of the one before may stay behind it
        return spliced(line, "");
    }
    if (index > 0) {
        return spliced({all[index - 1].end, all[index].end}, "");
    }
    return all.size() == 1 ? spliced(list->value, "[]") : spliced({all[0].begin, all[1].begin}, "");
}

const Entry* Splice::inlineTableOf(const Keys& member) const {
    for (std::size_t count = member.size(); count-- > 0;) {
        const Entry* const table = entryAt(firstOf(member, count));
        if (table != nullptr &&
            std::ranges::find(table->members, member, &Entry::path) != table->members.end()) {
            return table;
        }
    }
    return nullptr;
}

std::string Splice::without(const Keys& path) const {
    if (const Entry* const table = inlineTableOf(path)) {
        const auto& members = table->members;
        const auto member = std::ranges::find(members, path, &Entry::path);
        if (member != members.begin()) {
            return spliced({std::prev(member)->value.end, member->value.end}, "");
        }
        return members.size() == 1 ? spliced(table->value, "{}")
                                   : spliced({member->key.begin, std::next(member)->key.begin}, "");
    }
    std::string text = text_;
    const auto cut = [&](std::size_t begin, std::size_t end) {
        const bool wasLast = end == text_.size() && !text_.ends_with('\n');
        text.erase(begin, end - begin);
        while (wasLast && text.size() == begin && (text.ends_with('\n') || text.ends_with('\r'))) {
            text.pop_back();
            --begin;
        }
    };
    for (auto section = sections_.rbegin(); section != sections_.rend(); ++section) {
        if (section->isInList) {
            continue;
        }
        if (!section->path.empty() && isBelow(section->path, path)) {
            const bool isSpaced = isEmptyAbove(section->begin, false);
            cut(isSpaced ? beginOfLine(section->begin - 1) : section->begin, endOf(*section));
            continue;
        }
        for (auto entry = section->entries.rbegin(); entry != section->entries.rend(); ++entry) {
            if (isBelow(entry->path, path)) {
                cut(beginOfLine(entry->key.begin), toml_text::endOfLine(text_, entry->value.end));
            }
        }
    }
    return text;
}

std::size_t Splice::offsetOf(const Keys& path) const {
    for (std::size_t count = path.size(); count > 0; --count) {
        const Keys above = firstOf(path, count);
        if (const Entry* const entry = entryAt(above)) {
            return entry->key.begin;
        }
        for (const Section& section : sections_) {
            if (!section.path.empty() && isBelow(section.path, above)) {
                return section.header;
            }
            const auto dotted = std::ranges::find_if(
                section.entries, [&](const Entry& entry) { return isBelow(entry.path, above); });
            if (dotted != section.entries.end()) {
                return dotted->key.begin;
            }
        }
    }
    return sections_.front().begin;
}

} // namespace

std::string with(const std::string& text, const Keys& path, std::size_t there, const Json& value) {
    return Splice(text).with(path, there, value);
}

std::string appended(const std::string& text, const Keys& path, const std::string& entry) {
    return Splice(text).appended(path, entry);
}

std::string withoutEntry(const std::string& text, const Keys& path, std::size_t index) {
    return Splice(text).withoutEntry(path, index);
}

std::string without(const std::string& text, const Keys& path) {
    return Splice(text).without(path);
}

std::size_t offsetOf(const std::string& text, const Keys& path) {
    return Splice(text).offsetOf(path);
}

} // namespace host::toml_splice
