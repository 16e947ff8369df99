#include "host/base/documents/toml_value.h"

#include "host/base/documents/toml.h"

#include <cmath>
#include <sstream>

namespace host {

namespace {

using Json = nlohmann::json;

/// Of a value that JSON does not have. TOML's strings hold no such byte.
std::string marked(const auto& value) {
    std::ostringstream text;
    text << '\xff' << value;
    return text.str();
}

Json jsonOf(const toml::node& node);

Json jsonOf(const toml::table& table) {
    Json object = Json::object();
    for (const auto& [key, value] : table) {
        object[std::string(key.str())] = jsonOf(value);
    }
    return object;
}

Json jsonOf(const toml::array& list) {
    Json array = Json::array();
    for (const auto& value : list) {
        array.push_back(jsonOf(value));
    }
    return array;
}

Json jsonOf(const toml::node& node) {
    return node.visit([](const auto& value) -> Json {
        using Value = std::decay_t<decltype(value)>;
        if constexpr (toml::is_table<Value> || toml::is_array<Value>) {
            return jsonOf(value);
        } else if constexpr (toml::is_floating_point<Value>) {
            return std::isfinite(value.get()) ? Json(value.get()) : Json(marked(value.get()));
        } else if constexpr (toml::is_string<Value> || toml::is_integer<Value> ||
                             toml::is_boolean<Value>) {
            return value.get();
        } else {
            return marked(value.get());
        }
    });
}

} // namespace

Json tomlValue(std::string_view text, std::string_view name, const std::string& remedy) {
    return jsonOf(parseToml(text, name, remedy));
}

} // namespace host
