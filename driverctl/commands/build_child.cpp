#include "driverctl/commands/build_child.h"

#include "driverctl/cli/exit_code.h"
#include "driverctl/cli/list.h"
#include "driverctl/commands/all.h"
#include "host/base/error.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace driverctl {

namespace {

/// Every user may read a command line, and none another's environment: values with a secret go
/// there.
bool addSecret(std::vector<std::string>& environment, const Setting& setting,
               const std::vector<std::string>& values) {
    const auto isSecret = [&](const std::string& value) {
        return shown(setting.secret, value) != value;
    };
    if (std::ranges::none_of(values, isSecret)) {
        return false;
    }
    environment.push_back(fmt::format("{}={}", setting.environment.front(),
                                      setting.isList() ? joinList(values) : values.front()));
    return true;
}

void addFlags(std::vector<std::string>& argv, const Setting& setting,
              const std::vector<std::string>& values) {
    if (setting.is<bool*>()) {
        if (values.front() == "true") {
            argv.push_back(fmt::format("--{}", setting.name));
        }
        return;
    }
    const std::string text = setting.isList() ? joinList(values) : values.front();
    if (!text.empty()) {
        argv.push_back(fmt::format("--{}={}", setting.name, text));
    }
}

/// What of the build's end is this command's, too.
host::Fault faultOf(const host::ExitStatus& status) {
    for (const auto fault :
         {host::Fault::Usage, host::Fault::Verification, host::Fault::NotLoadable}) {
        if (status.code == static_cast<int>(exitCodeOf(fault))) {
            return fault;
        }
    }
    return host::Fault::Failed;
}

} // namespace

host::Command updateCommand(const Settings& settings, const Layer& instead) {
    std::vector<std::string> argv = {"/proc/self/exe", "update", "--config=/dev/null"};
    auto environment = environmentWithoutSettings();
    for (const std::string_view name : settingsOf(kUpdate)) {
        const auto own = instead.find(name);
        if (own == instead.end() && !settings.names(name)) {
            continue;
        }
        const Setting& row = setting(name);
        const auto values = own != instead.end() ? own->second : settings.valuesOf(row);
        if (!addSecret(environment, row, values)) {
            addFlags(argv, row, values);
        }
    }
    return {.argv = std::move(argv), .environment = std::move(environment)};
}

void buildInChild(const Settings& settings, const precompile::PackageIdentity& wanted,
                  host::SignalSet& signals) {
    const Layer instead = {{"kernel", {wanted.target.kernel}},
                           {"driver", {wanted.driver}},
                           {"flavour", {std::string(toString(wanted.flavour))}}};
    const auto status = host::Process(updateCommand(settings, instead)).wait(&signals);
    if (!status.success()) {
        throw host::Error(faultOf(status),
                          fmt::format("the package for {} could not be built ({})",
                                      wanted.describe(), status.describe()),
                          "The messages above say why.");
    }
}

} // namespace driverctl
