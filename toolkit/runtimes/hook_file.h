/// A file of an OCI hook, version 1.0.0 of its format, as podman, CRI-O and Sarus read it. A pure
/// function of what is read.
///
/// Private to this folder and its tests.
#pragma once

#include "toolkit/runtimes/configure.h"
#include "toolkit/runtimes/plan.h"

namespace toolkit::runtimes {

Plan planHook(const HookWish& wish, const ConfigFiles& files);

} // namespace toolkit::runtimes
