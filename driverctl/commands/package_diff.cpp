#include "driverctl/commands/all.h"
#include "driverctl/commands/packages.h"
#include "driverctl/report/print.h"
#include "precompile/package/differences.h"

namespace driverctl {

namespace {

using Json = nlohmann::ordered_json;
using precompile::Package;

ExitCode diffPackages(const Settings& settings, const Arguments& arguments) {
    const Package left(arguments.words("packages").at(0));
    const Package right(arguments.words("packages").at(1));
    const auto found = differences(left.manifest(), right.manifest());
    if (settings.get(&CommandSettings::json)) {
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
    .summary = "Compare two packages: what they are for, what they were made of, what they hold",
    .settings = {"json"},
    .arguments = {{.name = "packages",
                   .placeholder = "FILE",
                   .help = "The two package files",
                   .isInput = true,
                   .least = 2,
                   .most = 2}},
    .exitCodes = {ExitCode::VerificationFailed, ExitCode::Differs},
    .run = diffPackages,
};

} // namespace driverctl
