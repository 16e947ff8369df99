/// What is there of podman, and how it is configured: for the user whose environment it is, root
/// too.
#pragma once

#include "toolkit/rootless/facts.h"

namespace toolkit::rootless {

/// The first program of that name in PATH; empty when there is none.
std::filesystem::path findProgram(const Environment& environment, const std::string& name);

/// Starts podman to ask for its version.
PodmanFacts gatherPodman(const Environment& environment, const host::Roots& roots);

} // namespace toolkit::rootless
