#include "host/base/documents/json_text.h"

#include "host/base/documents/edited_document.h"
#include "host/base/error.h"

#include <algorithm>
#include <fmt/format.h>

namespace host::json_text {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr std::size_t kDeepest = 32;

class Scanner {
  public:
    explicit Scanner(std::string_view text) : text_(text) {
        at_ = text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
    }

    Node value(std::size_t depth = 0) {
        skipBlanks();
        Node node{.begin = at_};
        if (depth > kDeepest) {
            throw Error(Fault::Usage, fmt::format("{}: it is nested deeper than {} levels",
                                                  placeAt(text_, at_), kDeepest));
        }
        switch (peek()) {
        case '{':
            object(node, depth);
            break;
        case '[':
            array(depth);
            break;
        case '"':
            string();
            break;
        default:
            at_ = std::min(text_.find_first_of(",]} \t\r\n", at_), text_.size());
        }
        node.end = at_;
        return node;
    }

  private:
    [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    void skipBlanks() { at_ = std::min(text_.find_first_not_of(kBlanks, at_), text_.size()); }
    bool skip(char wanted) {
        skipBlanks();
        const bool there = peek() == wanted;
        at_ += there ? 1 : 0;
        return there;
    }

    void string() {
        for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
            at_ += text_[at_] == '\\' ? 1 : 0;
        }
        at_ = std::min(at_ + 1, text_.size());
    }

    void array(std::size_t depth) {
        ++at_;
        if (skip(']')) {
            return;
        }
        do {
            value(depth + 1);
        } while (skip(','));
        skip(']');
    }

    void object(Node& node, std::size_t depth) {
        ++at_;
        if (skip('}')) {
            return;
        }
        do {
            skipBlanks();
            Member member{.key = {}, .keyBegin = at_, .value = {}};
            string();
            member.keyEnd = at_;
            member.key = Json::parse(text_.substr(member.keyBegin, at_ - member.keyBegin))
                             .get<std::string>();
            if (std::ranges::find(node.members, member.key, &Member::key) != node.members.end()) {
                throw Error(Fault::Usage, fmt::format("{}: it has the key '{}' twice",
                                                      placeAt(text_, member.keyBegin), member.key));
            }
            skip(':');
            member.value = value(depth + 1);
            node.members.push_back(std::move(member));
        } while (skip(','));
        skip('}');
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

std::string quoted(const std::string& text) {
    return Json(text).dump();
}

/// How the text is written, as far as it shows.
class Style {
  public:
    Style(std::string_view text, const Node& root)
        : text_(text), newline_(text.find("\r\n") == std::string_view::npos ? "\n" : "\r\n"),
          root_(root) {
        const auto* const first = root.members.empty() ? nullptr : &root.members.front();
        if (first != nullptr) {
            colon_ = text.substr(first->keyEnd, first->value.begin - first->keyEnd);
            colon_ = colon_.find('\n') == std::string::npos ? colon_ : ": ";
            if (isOnLines(root)) {
                unit_ = indentOf(first->keyBegin).substr(indentOf(root.begin).size());
            }
        }
        comma_ = colon_.ends_with(':') ? "," : ", ";
    }

    /// Its first key has a line of its own.
    [[nodiscard]] bool isOnLines(const Node& object) const {
        return !object.members.empty() &&
               text_.substr(object.begin, object.members.front().keyBegin - object.begin)
                       .find('\n') != std::string_view::npos;
    }
    [[nodiscard]] bool documentIsOnLines() const {
        return root_.members.empty() || isOnLines(root_);
    }
    /// The blanks that the line of this byte begins with.
    [[nodiscard]] std::string indentOf(std::size_t offset) const {
        const auto before = offset == 0 ? std::string_view::npos : text_.rfind('\n', offset - 1);
        auto line = text_.substr(before == std::string_view::npos ? 0 : before + 1);
        if (line.starts_with(kByteOrderMark)) {
            line.remove_prefix(kByteOrderMark.size());
        }
        return std::string(line.substr(0, line.find_first_not_of(" \t")));
    }
    [[nodiscard]] const std::string& newline() const { return newline_; }
    [[nodiscard]] const std::string& unit() const { return unit_; }
    [[nodiscard]] const std::string& comma() const { return comma_; }

    [[nodiscard]] std::string member(const std::string& key, const Json& value, bool onLines,
                                     const std::string& indent) const {
        return quoted(key) + colon_ + rendered(value, onLines, indent);
    }

    [[nodiscard]] std::string rendered(const Json& value, bool onLines,
                                       const std::string& indent) const {
        const bool isObject = value.is_object();
        if ((!isObject && !value.is_array()) || value.empty()) {
            return value.dump();
        }
        const bool breaks = onLines && isObject;
        const std::string inner = indent + unit_;
        std::string text;
        for (const auto& [key, entry] : value.items()) {
            text += text.empty() ? "" : breaks ? "," : comma_;
            text += breaks ? newline_ + inner : "";
            text += isObject ? member(key, entry, breaks, inner) : rendered(entry, false, inner);
        }
        text += breaks ? newline_ + indent : "";
        return isObject ? "{" + text + "}" : "[" + text + "]";
    }

  private:
    std::string_view text_;
    std::string newline_;
    const Node& root_;
    std::string unit_ = "    ";
    std::string colon_ = ": ";
    std::string comma_;
};

std::string spliced(const std::string& text, std::size_t begin, std::size_t end,
                    const std::string& replacement) {
    return text.substr(0, begin) + replacement + text.substr(end);
}

/// The value below the keys from `from` on.
Json wrapped(const std::vector<std::string>& path, std::size_t from, Json value) {
    for (std::size_t i = path.size(); i > from; --i) {
        Json object = Json::object();
        object[path[i - 1]] = std::move(value);
        value = std::move(object);
    }
    return value;
}

std::string withMember(const std::string& text, const Style& style, const Node& object,
                       const std::string& key, const Json& value) {
    if (object.members.empty()) {
        const std::string indent = style.indentOf(object.begin);
        Json whole = Json::object();
        whole[key] = value;
        return spliced(text, object.begin, object.end,
                       style.rendered(whole, style.documentIsOnLines(), indent));
    }
    const Member& last = object.members.back();
    if (!style.isOnLines(object)) {
        return spliced(text, last.value.end, last.value.end,
                       style.comma() + style.member(key, value, false, ""));
    }
    const std::string indent = style.indentOf(last.keyBegin);
    return spliced(text, last.value.end, last.value.end,
                   "," + style.newline() + indent + style.member(key, value, true, indent));
}

bool isBlank(std::string_view text) {
    return text.find_first_not_of(kBlanks) == std::string_view::npos;
}

} // namespace

Node scan(std::string_view text) {
    return Scanner(text).value();
}

Found find(const Node& root, const std::vector<std::string>& path) {
    Found found{.member = nullptr, .node = &root, .depth = 0};
    for (const std::string& key : path) {
        const auto& members = found.node->members;
        const auto member = std::ranges::find(members, key, &Member::key);
        if (member == members.end()) {
            break;
        }
        found = {.member = &*member, .node = &member->value, .depth = found.depth + 1};
    }
    return found;
}

std::string with(const std::string& text, const std::vector<std::string>& path, const Json& value) {
    const std::size_t mark = text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
    const Node root = scan(text);
    const Style style(text, root);
    if (isBlank(std::string_view(text).substr(mark))) {
        return spliced(text, mark, mark,
                       style.rendered(wrapped(path, 0, value), true, "") +
                           (text.size() == mark ? style.newline() : ""));
    }
    const auto [member, node, depth] = find(root, path);
    const bool isWhole = depth == path.size();
    if (isWhole || text[node->begin] != '{') { // null in the place of an object
        const std::string old = text.substr(node->begin, node->end - node->begin);
        const bool onLines =
            old.find('\n') != std::string::npos || (old == "null" && style.documentIsOnLines());
        return spliced(
            text, node->begin, node->end,
            style.rendered(wrapped(path, depth, value), onLines, style.indentOf(node->begin)));
    }
    return withMember(text, style, *node, path[depth], wrapped(path, depth + 1, value));
}

std::string without(const std::string& text, const std::vector<std::string>& path) {
    const Node root = scan(text);
    const auto [parentMember, parent, depth] = find(root, {path.begin(), std::prev(path.end())});
    const auto& members = parent->members;
    const auto member = std::ranges::find(members, path.back(), &Member::key);
    if (depth + 1 != path.size() || member == members.end()) {
        return text;
    }
    if (member != members.begin()) {
        return spliced(text, std::prev(member)->value.end, member->value.end, "");
    }
    if (members.size() > 1) {
        return spliced(text, member->keyBegin, std::next(member)->keyBegin, "");
    }
    return spliced(text, parent->begin, parent->end, "{}");
}

} // namespace host::json_text
