#include "host/base/documents/edited_document.h"

#include "host/base/documents/json_text.h"
#include "host/base/documents/toml_splice.h"
#include "host/base/documents/toml_value.h"
#include "host/base/error.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace host {

namespace {

using Json = nlohmann::json;

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

bool isEmptyJson(std::string_view text) {
    if (text.starts_with(kByteOrderMark)) {
        text.remove_prefix(kByteOrderMark.size());
    }
    return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

/// Where what the parser did not expect begins: of a string it tells the end.
std::size_t beginOfUnexpected(std::string_view text, std::size_t byte) {
    const std::size_t last = byte == 0 ? 0 : byte - 1;
    const auto quote = last > 0 && last < text.size() && text[last] == '"'
                           ? text.rfind('"', last - 1)
                           : std::string_view::npos;
    return quote == std::string_view::npos ? last : quote;
}

Json jsonValue(const std::string& text, const std::string& name, const std::string& remedy) {
    const auto refuse = [&](const std::string& place, const std::string& cause) {
        throw Error(Fault::Usage, fmt::format("{}:{}: {}", name, place, cause), remedy);
    };
    if (isEmptyJson(text)) {
        return Json::object();
    }
    try {
        Json value = Json::parse(text);
        static_cast<void>(json_text::scan(text));
        return value.is_null() ? Json::object() : value;
    } catch (const Json::parse_error& error) {
        refuse(placeAt(text, beginOfUnexpected(text, error.byte)), "it is no JSON from here on");
    } catch (const Json::exception&) {
        refuse("1:1", "it has a number that is too large");
    } catch (const Error& error) { // of the scan
        throw Error(Fault::Usage, fmt::format("{}:{}", name, error.what()), remedy);
    }
    return {};
}

const Json* lookUp(const Json& root, const KeyPath& path) {
    const Json* value = &root;
    for (const std::string& key : path) {
        const auto found = value->is_object() ? value->find(key) : value->end();
        if (found == value->end()) {
            return nullptr;
        }
        value = &*found;
    }
    return value;
}

KeyPath firstOf(const KeyPath& path, std::size_t count) {
    return {path.begin(), path.begin() + static_cast<std::ptrdiff_t>(count)};
}

/// The tables above the path that hold nothing more: whether they stay is the format's to say.
void eraseEmptyAbove(Json& root, const KeyPath& path) {
    for (std::size_t count = path.size() - 1; count > 0; --count) {
        const KeyPath above = firstOf(path, count);
        const Json* const value = lookUp(root, above);
        if (value == nullptr || !value->is_object() || !value->empty()) {
            return;
        }
        const_cast<Json*>(lookUp(root, firstOf(path, count - 1)))->erase(above.back());
    }
}

/// Made with the objects above it, where it is not there.
Json& placeFor(Json& root, const KeyPath& path) {
    Json* place = &root;
    for (const std::string& key : path) {
        if (place->is_null()) {
            *place = Json::object();
        }
        place = &(*place)[key];
    }
    return *place;
}

} // namespace

std::string toString(const KeyPath& path) {
    return fmt::format("{}", fmt::join(path, "."));
}

std::string placeAt(std::string_view text, std::size_t offset) {
    std::string_view before = text.substr(0, offset);
    if (before.starts_with(kByteOrderMark)) {
        before.remove_prefix(kByteOrderMark.size());
    }
    const auto line = std::ranges::count(before, '\n');
    before.remove_prefix(before.find_last_of('\n') + 1); // npos + 1 is 0
    const auto column = std::ranges::count_if(
        before, [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; });
    return fmt::format("{}:{}", line + 1, column + 1);
}

EditedDocument::EditedDocument(DocumentFormat format, std::string text, std::string name,
                               std::string remedy)
    : format_(format), text_(std::move(text)), name_(std::move(name)), remedy_(std::move(remedy)),
      value_(parse(text_)) {
    if (!value_.is_object()) {
        fail({}, "it is no object");
    }
}

Json EditedDocument::parse(const std::string& text) const {
    return format_ == DocumentFormat::Json ? jsonValue(text, name_, remedy_)
                                           : tomlValue(text, name_, remedy_);
}

const Json* EditedDocument::find(const KeyPath& path) const {
    return lookUp(value_, path);
}

std::string EditedDocument::placeOf(const KeyPath& path) const {
    std::size_t offset = 0;
    if (format_ == DocumentFormat::Json) {
        const auto root = json_text::scan(text_);
        const auto found = json_text::find(root, path);
        offset = found.member != nullptr ? found.member->keyBegin : root.begin;
    } else {
        offset = toml_splice::offsetOf(text_, path);
    }
    return fmt::format("{}:{}", name_, placeAt(text_, offset));
}

void EditedDocument::fail(const KeyPath& path, const std::string& what) const {
    throw Error(Fault::Usage, fmt::format("{}: {}", placeOf(path), what), remedy_);
}

void EditedDocument::become(std::string text, const Json& meaning, const KeyPath& changed) {
    std::string difference;
    try {
        Json now = parse(text);
        eraseEmptyAbove(now, changed);
        Json wanted = meaning;
        eraseEmptyAbove(wanted, changed);
        difference = now == wanted ? "" : "would change something else as well";
    } catch (const Error& error) {
        difference = fmt::format("would make it invalid ({})", error.what());
    }
    if (!difference.empty()) {
        throw Error(Fault::Usage,
                    fmt::format("{}: to change {} here {}", placeOf(changed), toString(changed),
                                difference),
                    "Write that key by hand.");
    }
    text_ = std::move(text);
    value_ = parse(text_);
}

void EditedDocument::set(const KeyPath& path, const nlohmann::ordered_json& value) {
    std::size_t there = 0;
    for (std::size_t count = 1; count < path.size(); ++count) {
        const KeyPath above = firstOf(path, count);
        const Json* const table = find(above);
        if (table != nullptr && !table->is_object() && !table->is_null()) {
            fail(above, fmt::format("{} is no {}", toString(above),
                                    format_ == DocumentFormat::Json ? "object" : "table"));
        }
        there = table != nullptr ? count : there;
    }
    const Json plain = value;
    Json meaning = value_;
    Json& place = placeFor(meaning, path);
    if (place == plain && find(path) != nullptr) {
        return;
    }
    place = plain;
    become(format_ == DocumentFormat::Json ? json_text::with(text_, path, value)
                                           : toml_splice::with(text_, path, there, value),
           meaning, path);
}

void EditedDocument::append(const KeyPath& path, const std::string& entry) {
    const Json* const list = find(path);
    if (list == nullptr) {
        set(path, nlohmann::ordered_json::array({entry}));
        return;
    }
    if (!list->is_array()) {
        fail(path, fmt::format("{} is no list", toString(path)));
    }
    if (format_ == DocumentFormat::Json) {
        nlohmann::ordered_json longer = *list;
        longer.push_back(entry);
        set(path, longer);
        return;
    }
    Json meaning = value_;
    placeFor(meaning, path).push_back(entry);
    become(toml_splice::appended(text_, path, entry), meaning, path);
}

void EditedDocument::takeOut(const KeyPath& path, const std::string& entry) {
    const Json* const list = find(path);
    const auto found = list != nullptr && list->is_array()
                           ? std::ranges::find(*list, Json(entry)) - list->begin()
                           : -1;
    if (found < 0 || static_cast<std::size_t>(found) == list->size()) {
        return;
    }
    Json meaning = value_;
    Json& shorter = placeFor(meaning, path);
    shorter.erase(shorter.begin() + found);
    if (format_ == DocumentFormat::Json) {
        set(path, nlohmann::ordered_json(shorter));
    } else {
        become(toml_splice::withoutEntry(text_, path, static_cast<std::size_t>(found)), meaning,
               path);
    }
}

void EditedDocument::erase(const KeyPath& path) {
    const Json* const above = find(firstOf(path, path.size() - 1));
    if (find(path) == nullptr || above == nullptr) {
        return;
    }
    Json meaning = value_;
    placeFor(meaning, firstOf(path, path.size() - 1)).erase(path.back());
    become(format_ == DocumentFormat::Json ? json_text::without(text_, path)
                                           : toml_splice::without(text_, path),
           meaning, path);
}

} // namespace host
