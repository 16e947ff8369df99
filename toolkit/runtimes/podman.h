/// A drop-in of podman's containers.conf. A pure function of what is read.
///
/// Private to this folder and its tests.
#pragma once

#include "toolkit/runtimes/configure.h"
#include "toolkit/runtimes/plan.h"

namespace toolkit::runtimes {

Plan planPodman(const Wish& wish, const ConfigFiles& files);

} // namespace toolkit::runtimes
