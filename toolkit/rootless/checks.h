/// What an ordinary user's podman needs to give containers the GPUs: each finding with one sentence
/// and one remedy, and the command line that works.
///
/// Pure.
#pragma once

#include "loader/checks/finding.h"
#include "toolkit/rootless/facts.h"

namespace toolkit::rootless {

/// By topic: podman, user, userns, session, cgroups, nodes, selinux, cdi, nvidia, hooks; the last
/// one, "command", is what to type, or that nothing works yet.
loader::Findings checkRootless(const Facts& facts);

} // namespace toolkit::rootless
