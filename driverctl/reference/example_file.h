/// driverctl.toml as an example: every setting with what it means and its default, all commented
/// out, so that a copy of it changes nothing.
#pragma once

#include <string>

namespace driverctl {

/// "# words" explain, "#name = value" is a setting.
std::string exampleFile();

} // namespace driverctl
