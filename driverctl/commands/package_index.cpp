#include "driverctl/commands/all.h"

#include "driverctl/report/log.h"
#include "driverctl/report/print.h"
#include "host/base/file.h"
#include "precompile/share/index_page.h"
#include "precompile/share/package_index.h"

#include <fmt/format.h>

namespace driverctl {

namespace {

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

} // namespace

const Command kPackageIndex = {
    .name = "package index",
    .description = "Write an index.json of the packages in a directory, so that it can be a "
                   "package source over "
                   "HTTP",
    .settings = {"html"},
    .exitCodes = {ExitCode::VerificationFailed},
    .run = indexPackages,
    .arguments = {{"directory"}},
};

} // namespace driverctl
