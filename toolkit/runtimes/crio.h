/// A drop-in of CRI-O's. A pure function of what is read.
///
/// Private to this folder and its tests.
#pragma once

#include "toolkit/runtimes/configure.h"
#include "toolkit/runtimes/plan.h"

namespace toolkit::runtimes {

Plan planCrio(const Wish& wish, const ConfigFiles& files);

} // namespace toolkit::runtimes
