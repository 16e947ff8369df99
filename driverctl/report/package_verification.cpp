#include "driverctl/report/package_verification.h"

#include "driverctl/report/print.h"

#include <algorithm>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace driverctl {

using Json = nlohmann::ordered_json;

namespace {

std::string problemsOf(const precompile::Examination& package) {
    return fmt::format("{}", fmt::join(package.problems, "; "));
}

std::string afterColon(const std::string& text) {
    return text.empty() ? "" : ": " + text;
}

} // namespace

bool PackageVerification::good() const {
    return std::ranges::all_of(packages, [](const auto& package) {
        return package.reasons().empty() && package.unchecked().empty();
    });
}

Json toJson(const PackageVerification& verification) {
    Json packages = Json::array();
    for (const auto& package : verification.packages) {
        Json modules = Json::array();
        for (const auto& [name, state, reason] : package.modules) {
            modules.push_back({{"name", name}, {"state", toString(state)}, {"reason", reason}});
        }
        packages.push_back(
            {{"file", package.file}, {"modules", modules}, {"error", problemsOf(package)}});
    }
    return {{"good", verification.good()}, {"packages", packages}};
}

std::string toText(const PackageVerification& verification) {
    std::string text;
    for (const auto& package : verification.packages) {
        text += line("{}{}\n", package.file, afterColon(problemsOf(package)));
        for (const auto& [name, state, reason] : package.modules) {
            text += line("  {:<10} {}{}\n", toString(state), name, afterColon(reason));
        }
    }
    return text;
}

} // namespace driverctl
