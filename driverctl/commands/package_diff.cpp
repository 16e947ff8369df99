#include "driverctl/commands/all.h"
#include "driverctl/commands/packages.h"
#include "driverctl/report/print.h"

#include <map>

namespace driverctl {

namespace {

using Json = nlohmann::ordered_json;
using precompile::Package;

/// "inputs.gcc: a → b" for every value that differs, by its path in the manifest.
void compare(const Json& left, const Json& right, const std::string& path, Json& differences) {
    if (left.is_structured() && right.is_structured() && left.type() == right.type()) {
        const Json flatLeft = left.flatten();
        const Json flatRight = right.flatten();
        std::map<std::string, std::pair<Json, Json>> values;
        for (const auto& [key, value] : flatLeft.items()) {
            values[key].first = value;
        }
        for (const auto& [key, value] : flatRight.items()) {
            values[key].second = value;
        }
        for (const auto& [key, pair] : values) {
            if (pair.first != pair.second) {
                differences.push_back(
                    {{"field", path + key}, {"left", pair.first}, {"right", pair.second}});
            }
        }
    }
}

ExitCode diffPackages(const Options& options) {
    const Package left(options.arguments.packages.at(0));
    const Package right(options.arguments.packages.at(1));
    Json differences = Json::array();
    compare(Json::parse(toJson(left.manifest())), Json::parse(toJson(right.manifest())), "",
            differences);
    if (options.command.json) {
        std::cout << documentOf(Json{{"differences", differences}});
    } else {
        for (const Json& difference : differences) {
            print("{}\n  - {}\n  + {}\n", difference["field"].get<std::string>(),
                  plain(difference["left"]), plain(difference["right"]));
        }
    }
    return differences.empty() ? ExitCode::Done : ExitCode::Differs;
}

} // namespace

const Command kPackageDiff = {
    .name = "package diff",
    .description =
        "Compare two packages: what they are for, what they were made of, what they hold",
    .settings = {"json"},
    .exitCodes = {ExitCode::VerificationFailed, ExitCode::Differs},
    .run = diffPackages,
    .arguments = {{"packages", 2, 2}},
};

} // namespace driverctl
