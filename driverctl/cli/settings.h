/// The rows of the table of settings (options.h), in the order in which they are printed: one
/// function a group, one file a function. Only settings.cpp calls them.
#pragma once

#include "driverctl/cli/options.h"

#include <span>

namespace driverctl {

/// Every command's, and what the driver is built for and loaded on.
std::span<const Setting> targetSettings();
/// Building packages, one or many.
std::span<const Setting> buildSettings();
/// A node that the driver is loaded on.
std::span<const Setting> loadSettings();
/// Reports, packages, registries and images.
std::span<const Setting> packageSettings();

} // namespace driverctl
