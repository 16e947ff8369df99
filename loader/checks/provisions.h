/// What a node and its image have, beside what decides about loading: the parts of the image, and
/// what building a package here needs.
///
/// Looks only. Nothing here is a problem: init does without, or says so when it comes to it.
#pragma once

#include "host/base/roots.h"
#include "host/kernel/pci.h"
#include "loader/checks/finding.h"

#include <filesystem>
#include <string>
#include <vector>

namespace loader {

/// Userspace, firmware and, where there are NVSwitches, the fabric manager of exactly this driver.
Findings checkImage(const std::string& driver, const std::vector<host::PciFunction>& functions,
                    const host::Roots& roots = {});

/// Loop devices, overlays, and space for `workDir`.
Findings checkBuilding(const std::filesystem::path& workDir, const host::Roots& roots = {});

} // namespace loader
