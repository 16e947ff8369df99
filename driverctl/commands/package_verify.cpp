#include "driverctl/commands/all.h"
#include "driverctl/commands/packages.h"
#include "driverctl/report/log.h"
#include "driverctl/report/print.h"
#include "precompile/package/acceptance.h"

#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace driverctl {

namespace {

using Json = nlohmann::ordered_json;
using precompile::Store;

/// Good is only what was compared as a whole: a delta without its core was not.
Json verifyOne(const Store::Verdict& listed, const precompile::Acceptance& acceptance, bool& good) {
    const auto result = examine(listed, acceptance);
    if (const auto unchecked = result.unchecked(); !unchecked.empty()) {
        host::logWarning(unchecked);
        good = false;
    }
    good = good && result.reasons().empty();
    Json modules = Json::array();
    for (const auto& [name, state, reason] : result.modules) {
        modules.push_back({{"name", name}, {"state", toString(state)}, {"reason", reason}});
    }
    return {{"file", listed.file.string()},
            {"modules", modules},
            {"error", fmt::format("{}", fmt::join(result.problems, "; "))}};
}

ExitCode verifyPackages(const Settings& settings, const Arguments& arguments) {
    bool good = true;
    Json results = Json::array();
    const auto acceptance =
        precompile::acceptanceFor(settings.get(&precompile::DriverSettings::sourceDir),
                                  settings.get(&precompile::SearchSettings::trust));
    const auto& store = settings.get(&precompile::StoreSettings::directory);
    for (const auto& listed : chosenPackages(store, arguments.words("packages"))) {
        results.push_back(verifyOne(listed, acceptance, good));
    }
    if (settings.get(&CommandSettings::json)) {
        printDocument(Json{{"good", good}, {"packages", results}});
    } else {
        for (const Json& result : results) {
            const auto error = result["error"].get<std::string>();
            print("{}{}\n", result["file"].get<std::string>(), error.empty() ? "" : ": " + error);
            for (const Json& module : result["modules"]) {
                const auto reason = module["reason"].get<std::string>();
                print("  {:<10} {}{}\n", module["state"].get<std::string>(),
                      module["name"].get<std::string>(), reason.empty() ? "" : ": " + reason);
            }
        }
    }
    return good ? ExitCode::Done : ExitCode::VerificationFailed;
}

} // namespace

const Command kPackageVerify = {
    .name = "package verify",
    .summary =
        "Restore every module of the packages (default: all of the store) and check its digest",
    .settings = {"json", "store", "source-dir", "trust"},
    .arguments = {{.name = "packages",
                   .placeholder = "FILE",
                   .help = "Package files; default: all of the store",
                   .isInput = true,
                   .least = 0,
                   .most = kAnyNumber}},
    .exitCodes = {ExitCode::VerificationFailed},
    .run = verifyPackages,
};

} // namespace driverctl
