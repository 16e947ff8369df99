/// The configuration: defaults < node < file < environment < flags, merged and validated here and
/// nowhere else.
///
/// This is the only place that reads the environment. The result knows the origin of every value,
/// for --print-config.
#pragma once

#include "driverctl/cli/options.h"
#include "driverctl/cli/value.h"
#include "driverctl/report/log.h"

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace driverctl {

/// The configuration file, where none is named, and the variable that names one.
inline constexpr const char* kDefaultFile = "/etc/driverctl/driverctl.toml";
inline constexpr std::string_view kFileVariable = "DRIVERCTL_CONFIG";

struct Config {
    Options options;
    std::map<std::string, std::string, std::less<>> origins; ///< by setting name; missing: default

    /// Puts a layer above what is there. Throws host::Error(Fault::Usage) for a bad value.
    void apply(const Layer& layer, const std::string& origin);
    /// As apply(), for settings that no layer has given yet.
    void applyBelow(const Layer& layer, const std::string& origin);
};

/// Whether somebody reads the setting of this name.
using IsRead = std::function<bool(std::string_view setting)>;

/// The layers of one run, lowest first: `file` (or, when that is empty and
/// /etc/driverctl/driverctl.toml exists, that), the environment, `flags`. An unreadable file, an
/// unknown key or a bad value is host::Error(Fault::Usage).
Config loadConfig(const Layer& flags, const std::optional<std::filesystem::path>& file,
                  const IsRead& isRead);

/// The layer that `variables` ("NAME=value") make. Names that other programs have as well (RUNTIME,
/// ROOT) count for settings that are read, and only for those.
Layer environmentLayer(const char* const* variables, const IsRead& isRead,
                       std::map<std::string, std::string, std::less<>>& origins);

/// This process's variables but for those that settings are read from: for a child that gets every
/// setting as a flag.
std::vector<std::string> environmentWithoutSettings();

/// A sentence for every variable that is named like a setting (DRIVERCTL_…) and is none.
std::vector<std::string> unknownVariables(const char* const* variables);

/// What the terminal can show, as TERM and NO_COLOR (no-color.org) say.
Terminal terminalOf(const char* const* variables);

/// The format of the log before the configuration is understood, so that what is wrong with it is
/// logged as wanted: by `flag`, else by the environment, else by the file that loadConfig() reads.
/// A word that is none counts as the default.
LogFormat logFormatOf(const std::optional<std::string>& flag,
                      const std::optional<std::filesystem::path>& file);

/// One line a setting, in the table's order: `name = value  # origin`; a valid configuration file,
/// but for secrets, which are hidden.
std::string printConfig(const Config& config);

} // namespace driverctl
