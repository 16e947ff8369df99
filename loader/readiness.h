/// Whether the driver on this node really works for containers now: looked at, never remembered.
///
/// Reads the record of init, /sys, /proc and the mount table; runs no program, opens no device
/// (that would make the kernel initialise the GPU), so that a probe may ask every second.
#pragma once

#include "host/base/roots.h"
#include "loader/driver_root.h"
#include "loader/life_settings.h"
#include "loader/state.h"

#include <optional>
#include <string>
#include <vector>

namespace loader {

/// Every reason why it does not; empty: ready.
std::vector<std::string> reasonsNotReady(Persistence persistence, const DriverRoot& root,
                                         const std::optional<NodeState>& state,
                                         const host::Roots& roots = {});

} // namespace loader
