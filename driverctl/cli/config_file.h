/// The configuration file: TOML, one `name = value` a line, no tables.
///
/// A value has the type of its setting: text in quotes, whole numbers, true or false, and arrays of
/// text (one text will do for an array of one). What is no TOML, a name that no setting has and a
/// value that the setting cannot have are
/// host::Error(Fault::Usage) that name file, line and column.
#pragma once

#include "driverctl/cli/config.h"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace driverctl {

/// An unreadable file is Fault::Usage as well.
Layer readConfigFile(const std::filesystem::path& file);

/// As readConfigFile(), for a text that `name` gave.
Layer parseConfigFile(std::string_view text, const std::string& name);

/// The format of the log that a file asks for, whatever else is wrong with it.
std::optional<std::string> logFormatIn(const std::filesystem::path& file);

} // namespace driverctl
