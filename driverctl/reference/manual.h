/// The manual: driverctl.8, a page for each command, driverctl.toml.5 and driverctl-hook.8, from
/// the tables of commands, settings, exit codes and hooks. Pure.
#pragma once

#include <string>
#include <vector>

namespace driverctl {

struct ManualPage {
    std::string file; ///< "driverctl-package-list.8"
    std::string text; ///< mdoc(7)
};

std::vector<ManualPage> manual();

} // namespace driverctl
