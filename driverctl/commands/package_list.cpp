#include "driverctl/commands/all.h"
#include "driverctl/commands/packages.h"
#include "driverctl/node_package.h"
#include "driverctl/report/log.h"
#include "driverctl/report/print.h"
#include "host/base/error.h"

#include <ctime>
#include <fmt/chrono.h>

namespace driverctl {

namespace {

using Json = nlohmann::ordered_json;
using precompile::Package;

std::string timeText(std::int64_t seconds) {
    return fmt::format("{:%F %T}", fmt::gmtime(static_cast<std::time_t>(seconds)));
}

ExitCode listPackages(const Options& options) {
    Json packages = Json::array();
    requireStore(options);
    for (const Package& package : packagesOf(options)) {
        try {
            packages.push_back(summary(package));
        } catch (const host::Error& error) { // it has just gone
            host::logWarning(error.what());
        }
    }
    if (options.command.json) {
        std::cout << documentOf(Json{{"packages", packages}});
        return ExitCode::Done;
    }
    constexpr const char* kRow = "{:<14} {:<12} {:<24} {:<22} {:<10} {:>9} {}\n";
    print(kRow, "DRIVER", "FLAVOUR", "KERNEL", "RELEASE", "TAG", "SIZE", "BUILT (UTC)");
    for (const Json& package : packages) {
        print(kRow, package["driver"].get<std::string>(), package["flavour"].get<std::string>(),
              package["kernel"].get<std::string>(),
              package["os"].get<std::string>() + " " + package["release"].get<std::string>(),
              package["tag"].get<std::string>(), package["size"].get<std::uint64_t>(),
              timeText(package["built_at"].get<std::int64_t>()));
    }
    return ExitCode::Done;
}

} // namespace

const Command kPackageList = {
    .name = "package list",
    .description = "List the packages of the store",
    .settings = {"json", "store"},
    .run = listPackages,
};

} // namespace driverctl
