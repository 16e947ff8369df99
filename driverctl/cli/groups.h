/// The rows of all settings, in groups: one for each struct of Options, in a file of its name
/// (registry_settings.cpp has the rows of RegistrySettings).
#pragma once

#include "driverctl/cli/setting.h"

#include <span>
#include <string_view>
#include <vector>

namespace driverctl {

struct Group {
    std::string_view title; ///< in the help
    std::vector<Setting> settings;
};

extern const Group kLogSettings;
extern const Group kTargetSettings;
extern const Group kDriverSettings;
extern const Group kStoreSettings;
extern const Group kMirrorSettings;
extern const Group kBuildSettings;
extern const Group kSigningSettings;
extern const Group kMatrixSettings;
extern const Group kSearchSettings;
extern const Group kRegistrySettings;
extern const Group kLifeSettings;
extern const Group kInventorySettings;
extern const Group kCdiSettings;
extern const Group kRuntimeSettings;
extern const Group kToolkitSettings;
extern const Group kMetricsSettings;
extern const Group kCommandSettings;

/// In the order in which they are printed.
inline constexpr const Group* kGroups[] = {
    &kLogSettings,    &kTargetSettings,   &kDriverSettings,  &kStoreSettings,
    &kMirrorSettings, &kBuildSettings,    &kSigningSettings, &kMatrixSettings,
    &kSearchSettings, &kRegistrySettings, &kLifeSettings,    &kInventorySettings,
    &kCdiSettings,    &kRuntimeSettings,  &kToolkitSettings, &kMetricsSettings,
    &kCommandSettings,
};

/// The rows of all groups.
std::span<const Setting> settings();

/// Throws std::logic_error for a name that no row has: commands list settings by name.
const Setting& setting(std::string_view name);

/// The group that has the row of that name; throws as setting() does.
const Group& groupOf(std::string_view name);

} // namespace driverctl
