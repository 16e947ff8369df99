#include "driverctl/report/driver_list.h"

#include "driverctl/report/print.h"

#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace driverctl {

using Json = nlohmann::ordered_json;

Json toJson(const DriverList& list) {
    Json drivers = Json::array();
    for (const auto& tree : list.sources.trees) {
        drivers.push_back({{"driver", tree.source.version},
                           {"flavour", toString(tree.source.flavour)},
                           {"layout", toString(tree.layout)},
                           {"directory", tree.source.directory.string()},
                           {"missing", tree.missing}});
    }
    Json unknown = Json::array();
    for (const auto& directory : list.sources.unknown) {
        unknown.push_back(directory.string());
    }
    return {{"source_directory", list.sources.directory.string()},
            {"drivers", drivers},
            {"unknown", unknown}};
}

std::string toText(const DriverList& list) {
    constexpr const char* kRow = "{:<14} {:<12} {:<11} {:<40} {}\n";
    std::string text = line(kRow, "DRIVER", "FLAVOUR", "LAYOUT", "DIRECTORY", "MISSING");
    for (const auto& tree : list.sources.trees) {
        text += line(kRow, tree.source.version, toString(tree.source.flavour),
                     toString(tree.layout), tree.source.directory.string(),
                     tree.missing.empty() ? "-" : fmt::format("{}", fmt::join(tree.missing, ", ")));
    }
    for (const auto& directory : list.sources.unknown) {
        text += line(kRow, "-", "-", "unknown", directory.string(), "-");
    }
    return text;
}

} // namespace driverctl
