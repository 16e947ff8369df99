#include "driverctl/commands/package_index.h"

#include "host/file.h"
#include "host/log.h"
#include "precompile/index_page.h"
#include "precompile/package_index.h"

#include <fmt/format.h>
#include <iostream>

namespace driverctl {

ExitCode indexPackages(const Options& options) {
    const auto [entries, refused] = precompile::writeIndex(options.directory);
    for (const auto& verdict : refused) {
        host::logWarning(verdict.reasons.front());
    }
    host::logInfo(fmt::format("{} packages", entries.size()));
    std::cout << (options.directory / precompile::kIndexName).string() << '\n';
    if (options.html) {
        const auto page = options.directory / "index.html";
        host::replaceFile(page, precompile::indexPage(entries));
        std::cout << page.string() << '\n';
    }
    return refused.empty() ? ExitCode::Done : ExitCode::VerificationFailed;
}

} // namespace driverctl
