#include "host/base/json.h"

#include <fmt/format.h>
#include <set>

namespace host {

namespace {

constexpr std::size_t kDeepest = 16;

template <typename Json>
Json parse(const std::string& text) {
    std::vector<std::set<std::string>> keys; ///< of the objects that are open, by depth
    const auto check = [&keys](int depth, typename Json::parse_event_t event, Json& value) {
        const auto level = static_cast<std::size_t>(depth);
        if (level > kDeepest) {
            throw Error(fmt::format("it is nested deeper than {} levels", kDeepest));
        }
        if (event == Json::parse_event_t::object_start) {
            keys.resize(level + 1);
            keys[level].clear();
        } else if (event == Json::parse_event_t::key &&
                   !keys.at(level - 1).insert(value.template get<std::string>()).second) {
            throw Error(
                fmt::format("it has the field '{}' twice", value.template get<std::string>()));
        }
        return true;
    };
    try {
        return Json::parse(text, check);
    } catch (const typename Json::parse_error& error) {
        throw Error(text.empty() ? "it is empty"
                                 : fmt::format("it is no JSON, from byte {} on", error.byte));
    } catch (const typename Json::exception&) { // a number that no double holds
        throw Error("it is no JSON: it has a number that is too large");
    }
}

} // namespace

nlohmann::json parseStrict(const std::string& text) {
    return parse<nlohmann::json>(text);
}

nlohmann::ordered_json parseStrictInOrder(const std::string& text) {
    return parse<nlohmann::ordered_json>(text);
}

JsonValue::JsonValue(const std::string& text, JsonOrigin origin) {
    try {
        document_ = std::make_shared<Document>(Document{parseStrict(text), origin});
    } catch (const Error& error) {
        throw Error(origin.fault, fmt::format("{}: {}", origin.refusal, error.what()),
                    origin.remedy);
    }
    value_ = &document_->root;
}

void JsonValue::fail(const std::string& predicate) const {
    const JsonOrigin& origin = document_->origin;
    throw Error(origin.fault,
                fmt::format("{}: {} {}", origin.refusal, place_.empty() ? "it" : place_, predicate),
                origin.remedy);
}

void JsonValue::requireObject() const {
    if (!value_->is_object()) {
        fail("is no object");
    }
}

std::optional<JsonValue> JsonValue::find(std::string_view field) const {
    requireObject();
    const auto found = value_->find(field);
    if (found == value_->end()) {
        return std::nullopt;
    }
    return JsonValue(document_, *found,
                     fmt::format("{}{}{}", place_, place_.empty() ? "" : ".", field));
}

JsonValue JsonValue::at(std::string_view field) const {
    auto found = find(field);
    if (!found) {
        fail(fmt::format("has no field '{}'", field));
    }
    return std::move(*found);
}

std::vector<std::pair<std::string, JsonValue>> JsonValue::fields() const {
    requireObject();
    std::vector<std::pair<std::string, JsonValue>> all;
    for (const auto& [name, value] : value_->items()) {
        all.emplace_back(name, at(name));
    }
    return all;
}

std::vector<JsonValue> JsonValue::list(std::size_t most) const {
    if (!value_->is_array()) {
        fail("is no list");
    }
    if (value_->size() > most) {
        fail(fmt::format("has {} entries, at most {} are allowed", value_->size(), most));
    }
    std::vector<JsonValue> entries;
    for (const auto& entry : *value_) {
        entries.push_back({document_, entry, fmt::format("{}[{}]", place_, entries.size())});
    }
    return entries;
}

std::vector<std::string> JsonValue::texts(std::size_t most) const {
    std::vector<std::string> texts;
    for (const JsonValue& entry : list(most)) {
        texts.push_back(entry.text());
    }
    return texts;
}

std::string JsonValue::text() const {
    if (!value_->is_string()) {
        fail("is no text");
    }
    return value_->get<std::string>();
}

bool JsonValue::flag() const {
    if (!value_->is_boolean()) {
        fail("is neither true nor false");
    }
    return value_->get<bool>();
}

} // namespace host
