#include "precompile/package/differences.h"

#include "host/base/json.h"

#include <map>
#include <utility>

namespace precompile {

std::vector<Difference> differences(const Manifest& left, const Manifest& right) {
    using Json = nlohmann::ordered_json;
    const Json flatLeft = host::parseStrictInOrder(toJson(left)).flatten();
    const Json flatRight = host::parseStrictInOrder(toJson(right)).flatten();
    std::map<std::string, std::pair<Json, Json>> fields;
    for (const auto& [field, value] : flatLeft.items()) {
        fields[field].first = value;
    }
    for (const auto& [field, value] : flatRight.items()) {
        fields[field].second = value;
    }
    std::vector<Difference> found;
    for (auto& [field, values] : fields) {
        if (values.first != values.second) {
            found.push_back({field, std::move(values.first), std::move(values.second)});
        }
    }
    return found;
}

} // namespace precompile
