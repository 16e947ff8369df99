#include "driverctl/report/driver_unpacking.h"

#include "driverctl/report/print.h"

#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace driverctl {

namespace {

std::vector<std::string> flavoursOf(const precompile::UnpackedDriver& driver) {
    std::vector<std::string> names;
    for (const precompile::Flavour flavour : driver.flavours) {
        names.emplace_back(toString(flavour));
    }
    return names;
}

} // namespace

nlohmann::ordered_json toJson(const DriverUnpacking& report) {
    const auto& driver = report.unpacked;
    return {{"root", report.root},
            {"driver", driver.driver},
            {"architecture", driver.machine},
            {"flavours", flavoursOf(driver)},
            {"files", driver.files},
            {"links", driver.links},
            {"bytes", driver.bytes},
            {"left_out", driver.leftOut},
            {"linker_cache", driver.hasLinkerCache}};
}

std::string toText(const DriverUnpacking& report) {
    const auto& driver = report.unpacked;
    return line("driver {} for {} is in {}: {}; {} files and {} links, {} MiB; {} left out{}\n",
                driver.driver, driver.machine, report.root,
                fmt::format("{}", fmt::join(flavoursOf(driver), ", ")), driver.files, driver.links,
                driver.bytes >> 20, driver.leftOut,
                driver.hasLinkerCache ? "" : "; the linker's cache is still to be made");
}

} // namespace driverctl
