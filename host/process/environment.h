/// The variables that this process was started with.
#pragma once

#include <map>
#include <string>

namespace host {

/// What has no "=" is no variable.
std::map<std::string, std::string> environmentOf(const char* const* variables);

} // namespace host
