#include "driverctl/commands/build_child.h"

#include "driverctl/cli/exit_code.h"
#include "driverctl/commands/all.h"
#include "host/base/error.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace driverctl {

namespace {

/// Every user may read a command line, and none another's environment: values with a secret go
/// there. A list that the environment cannot hold, because of a comma in it, is given as flags.
bool addSecret(std::vector<std::string>& environment, const Options& options,
               const Setting& setting) {
    const auto values = valuesOf(options, setting);
    const auto isSecret = [&](const std::string& value) { return shown(setting, value) != value; };
    const bool fits = !setting.isList() || std::ranges::none_of(values, [](const auto& value) {
        return value.find(',') != std::string::npos;
    });
    if (!fits || !setting.inFile() || std::ranges::none_of(values, isSecret)) {
        return false;
    }
    environment.push_back(
        fmt::format("{}={}", setting.environment.front(), fmt::join(values, ",")));
    return true;
}

void addFlags(std::vector<std::string>& argv, const Options& options, const Setting& setting) {
    if (setting.is<bool*>()) {
        if (valuesOf(options, setting).front() == "true") {
            argv.push_back(fmt::format("--{}", setting.name));
        }
        return;
    }
    for (const std::string& value : valuesOf(options, setting)) {
        if (!value.empty()) {
            argv.push_back(fmt::format("--{}={}", setting.name, value));
        }
    }
}

} // namespace

host::Command updateCommand(const Options& options) {
    std::vector<std::string> argv = {"/proc/self/exe", "update", "--config=/dev/null"};
    auto environment = environmentWithoutSettings();
    for (const std::string_view name : kUpdate.settings) {
        if (!addSecret(environment, options, setting(name))) {
            addFlags(argv, options, setting(name));
        }
    }
    for (const char* name : {"log-format", "quiet", "verbose"}) {
        addFlags(argv, options, setting(name));
    }
    return {.argv = std::move(argv), .environment = std::move(environment)};
}

void buildInChild(const Options& options, const precompile::PackageIdentity& wanted,
                  host::SignalSet& signals) {
    Options child = options;
    child.target.kernel = wanted.target.kernel;
    child.driver.version = wanted.driver;
    const auto status = host::Process(updateCommand(child)).wait(&signals);
    if (!status.success()) {
        const bool unverified = status.code == static_cast<int>(ExitCode::VerificationFailed);
        throw host::Error(unverified ? host::Fault::Verification : host::Fault::Failed,
                          fmt::format("the package for {} could not be built ({})",
                                      wanted.describe(), status.describe()),
                          "The messages above say why.");
    }
}

} // namespace driverctl
