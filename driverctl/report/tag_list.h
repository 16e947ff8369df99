/// What `driverctl tags` says.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace driverctl {

struct TagList {
    std::vector<std::string> tags;
};

/// docs/schemas/tags.schema.json
nlohmann::ordered_json toJson(const TagList& list);
std::string toText(const TagList& list);

} // namespace driverctl
