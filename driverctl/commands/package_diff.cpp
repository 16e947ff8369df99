#include "driverctl/commands/all.h"
#include "driverctl/commands/packages.h"
#include "driverctl/report/print.h"
#include "precompile/package/differences.h"

namespace driverctl {

namespace {

using Json = nlohmann::ordered_json;
using precompile::Package;

ExitCode diffPackages(const Options& options) {
    const Package left(options.arguments.packages.at(0));
    const Package right(options.arguments.packages.at(1));
    const auto found = differences(left.manifest(), right.manifest());
    if (options.command.json) {
        Json list = Json::array();
        for (const auto& [field, is, other] : found) {
            list.push_back({{"field", field}, {"left", is}, {"right", other}});
        }
        printDocument(Json{{"differences", list}});
    } else {
        for (const auto& [field, is, other] : found) {
            print("{}\n  - {}\n  + {}\n", field, plain(is), plain(other));
        }
    }
    return found.empty() ? ExitCode::Done : ExitCode::Differs;
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
