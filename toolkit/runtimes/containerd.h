/// containerd's config.toml, or a drop-in beside it: chosen by the daemon's version. A pure
/// function of what is read.
///
/// Private to this folder and its tests.
#pragma once

#include "toolkit/runtimes/configure.h"
#include "toolkit/runtimes/plan.h"

namespace toolkit::runtimes {

Plan planContainerd(const Wish& wish, const ConfigFiles& files);

} // namespace toolkit::runtimes
