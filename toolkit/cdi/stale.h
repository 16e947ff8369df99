/// What a CDI specification names and this host does not have: a leftover of another boot or
/// another driver.
///
/// A node that is missing makes each container fail that asks for it; a number of another boot lets
/// it start, and CUDA fails in it. Reads the host's files, the loaded driver's version and the
/// numbers that the driver wants its nodes to have; changes nothing.
#pragma once

#include "host/base/roots.h"

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace toolkit::cdi {

/// Empty when all is there. `specification` is valid.
std::vector<std::string> staleParts(const nlohmann::json& specification, const host::Roots& roots);

} // namespace toolkit::cdi
