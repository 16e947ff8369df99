#include "driverctl/report/package_differences.h"

#include "driverctl/report/print.h"

#include <nlohmann/json.hpp>

namespace driverctl {

using Json = nlohmann::ordered_json;

namespace {

std::string plain(const Json& value) {
    return value.is_null()     ? "nothing"
           : value.is_string() ? value.get<std::string>()
                               : value.dump();
}

} // namespace

Json toJson(const PackageDifferences& report) {
    Json differences = Json::array();
    for (const auto& [field, left, right] : report.differences) {
        differences.push_back({{"field", field}, {"left", left}, {"right", right}});
    }
    return {{"differences", differences}};
}

std::string toText(const PackageDifferences& report) {
    std::string text;
    for (const auto& [field, left, right] : report.differences) {
        text += line("{}\n  - {}\n  + {}\n", field, plain(left), plain(right));
    }
    return text;
}

} // namespace driverctl
