#include "driverctl/build_child.h"

#include "driverctl/command.h"
#include "driverctl/exit_code.h"
#include "host/error.h"

#include <algorithm>
#include <fmt/format.h>

namespace driverctl {

namespace {

void addFlags(std::vector<std::string>& argv, const Options& options, const Setting& setting) {
    if (std::holds_alternative<bool Options::*>(setting.member)) {
        if (options.*std::get<bool Options::*>(setting.member)) {
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
    const auto update = std::ranges::find(commands(), "update", &Command::name);
    std::vector<std::string> argv = {"/proc/self/exe", "update", "--config=/dev/null"};
    for (const std::string_view name : update->settings) {
        addFlags(argv, options, setting(name));
    }
    for (const char* name : {"log-format", "quiet", "verbose"}) {
        addFlags(argv, options, setting(name));
    }
    return {.argv = std::move(argv), .environment = environmentWithoutSettings()};
}

void buildInChild(const Options& options, const precompile::PackageIdentity& wanted,
                  host::SignalSet& signals) {
    Options child = options;
    child.kernel = wanted.kernel;
    child.driver = wanted.driver;
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
