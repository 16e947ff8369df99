/// The rows of the table of settings (options.h), in the order in which they are printed: one
/// function a group, one file a function. Only settings.cpp calls them.
#pragma once

#include "driverctl/options.h"

#include <vector>

namespace driverctl {

/// Every command's, and what the driver is built for and loaded on.
std::vector<Setting> targetSettings();
/// Building packages, one or many.
std::vector<Setting> buildSettings();
/// A node that the driver is loaded on.
std::vector<Setting> loadSettings();
/// Reports, packages, registries and images.
std::vector<Setting> packageSettings();

} // namespace driverctl
