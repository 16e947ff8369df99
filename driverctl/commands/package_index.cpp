#include "driverctl/commands/all.h"

#include "driverctl/report/log.h"
#include "driverctl/report/print.h"
#include "host/base/file.h"
#include "precompile/share/index_page.h"
#include "precompile/share/package_index.h"

#include <fmt/format.h>

namespace driverctl {

namespace {

ExitCode indexPackages(const Settings& /*settings*/, const Arguments& arguments) {
    const std::filesystem::path directory = arguments.word("directory");
    const auto [entries, refused] = precompile::writeIndex(directory);
    for (const auto& verdict : refused) {
        logWarning(verdict.reasons.front());
    }
    logInfo(fmt::format("{} packages", entries.size()));
    print("{}\n", (directory / precompile::kIndexName).string());
    if (arguments.has("html")) {
        const auto page = directory / "index.html";
        host::replaceFile(page, precompile::indexPage(entries));
        print("{}\n", page.string());
    }
    return refused.empty() ? ExitCode::Done : ExitCode::VerificationFailed;
}

} // namespace

const Command kPackageIndex = {
    .name = "package index",
    .summary = "Write an index.json of the packages in a directory, so that it can be a "
               "package source over "
               "HTTP",
    .arguments = {{.name = "directory",
                   .placeholder = "DIR",
                   .help = "Directory with packages",
                   .isInput = true},
                  {.name = "html",
                   .flags = "--html",
                   .help = "Write a page for people too: index.html"}},
    .exitCodes = {ExitCode::VerificationFailed},
    .run = indexPackages,
};

} // namespace driverctl
