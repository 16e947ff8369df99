#include "driverctl/commands/package_index.h"

#include "driverctl/print.h"
#include "host/file.h"
#include "host/log.h"
#include "precompile/index_page.h"
#include "precompile/package_index.h"

#include <fmt/format.h>

namespace driverctl {

ExitCode indexPackages(const Options& options) {
    const auto [entries, refused] = precompile::writeIndex(options.arguments.directory);
    for (const auto& verdict : refused) {
        host::logWarning(verdict.reasons.front());
    }
    host::logInfo(fmt::format("{} packages", entries.size()));
    print("{}\n", (options.arguments.directory / precompile::kIndexName).string());
    if (options.arguments.html) {
        const auto page = options.arguments.directory / "index.html";
        host::replaceFile(page, precompile::indexPage(entries));
        print("{}\n", page.string());
    }
    return refused.empty() ? ExitCode::Done : ExitCode::VerificationFailed;
}

} // namespace driverctl
