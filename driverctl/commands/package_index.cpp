#include "driverctl/commands/package_index.h"

#include "host/log.h"
#include "precompile/package_index.h"

#include <fmt/format.h>
#include <iostream>

namespace driverctl {

ExitCode indexPackages(const Options& options) {
    const auto entries = precompile::writeIndex(options.directory);
    host::logInfo(fmt::format("{} packages", entries.size()));
    std::cout << (options.directory / precompile::kIndexName).string() << '\n';
    return ExitCode::Done;
}

} // namespace driverctl
