/// What libraries tell while they work, as the program shows it: lines of the log, and progress.
#pragma once

#include "host/base/observer.h"

namespace driverctl {

/// Stages and notes are lines of the log, warnings its warnings. Progress ends with the next stage
/// or other work, and with the last copy of the observer.
host::Observer logObserver();

} // namespace driverctl
