#include "driverctl/commands/all.h"
#include "driverctl/node_package.h"
#include "driverctl/report/log.h"
#include "driverctl/report/print.h"
#include "host/base/error.h"
#include "precompile/package/acceptance.h"

#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace driverctl {

namespace {

using Json = nlohmann::ordered_json;
using precompile::Package;
using precompile::Store;

/// Good is only what was compared as a whole: a delta without its core was not.
Json verifyOne(const Store::Verdict& listed, const precompile::Acceptance& acceptance, bool& good) {
    precompile::Examination result{.file = listed.file.string(), .problems = listed.reasons};
    if (listed.reasons.empty()) {
        try {
            result = examine(Package(listed.file), acceptance);
        } catch (const host::Error& problem) {
            result.problems = {problem.what()};
        }
    }
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

ExitCode verifyPackages(const Options& options) {
    bool good = true;
    Json results = Json::array();
    const auto acceptance = acceptanceOf(options);
    for (const auto& listed : chosenPackages(options)) {
        results.push_back(verifyOne(listed, acceptance, good));
    }
    if (options.command.json) {
        std::cout << documentOf(Json{{"good", good}, {"packages", results}});
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
    .description =
        "Restore every module of the packages (default: all of the store) and check its digest",
    .settings = {"json", "store", "source-dir", "trust"},
    .exitCodes = {ExitCode::VerificationFailed},
    .run = verifyPackages,
    .arguments = {{"packages", 0, -1}},
};

} // namespace driverctl
