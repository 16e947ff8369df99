/// docker's daemon.json. A pure function of what is read.
///
/// Private to this folder and its tests.
#pragma once

#include "toolkit/runtimes/configure.h"
#include "toolkit/runtimes/plan.h"

namespace toolkit::runtimes {

Plan planDocker(const Wish& wish, const ConfigFiles& files);

} // namespace toolkit::runtimes
