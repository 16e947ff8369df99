#include "driverctl/report/tag_list.h"

#include "driverctl/report/print.h"

#include <nlohmann/json.hpp>

namespace driverctl {

nlohmann::ordered_json toJson(const TagList& list) {
    return {{"tags", list.tags}};
}

std::string toText(const TagList& list) {
    std::string text;
    for (const std::string& tag : list.tags) {
        text += line("{}\n", tag);
    }
    return text;
}

} // namespace driverctl
