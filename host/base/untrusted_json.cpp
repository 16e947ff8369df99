#include "host/base/untrusted_json.h"

#include "host/base/error.h"

#include <fmt/format.h>
#include <set>
#include <vector>

namespace host {

using nlohmann::json;

namespace {

constexpr std::size_t kDeepest = 16;

} // namespace

nlohmann::json parseUntrusted(const std::string& text) {
    std::vector<std::set<std::string>> keys; ///< of the objects that are open, by depth
    const auto check = [&keys](int depth, json::parse_event_t event, json& value) {
        const auto level = static_cast<std::size_t>(depth);
        if (level > kDeepest) {
            throw host::Error(fmt::format("it is nested deeper than {} levels", kDeepest));
        }
        if (event == json::parse_event_t::object_start) {
            keys.resize(level + 1);
            keys[level].clear();
        } else if (event == json::parse_event_t::key &&
                   !keys.at(level - 1).insert(value.get<std::string>()).second) {
            throw host::Error(fmt::format("it has the field '{}' twice", value.get<std::string>()));
        }
        return true;
    };
    try {
        return json::parse(text, check);
    } catch (const json::exception& error) {
        throw host::Error(fmt::format("it is no JSON: {}", error.what()));
    }
}

} // namespace host
