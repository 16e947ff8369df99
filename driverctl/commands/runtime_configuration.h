/// What `runtime configure` does, for any tree that stands for the node.
#pragma once

#include "driverctl/cli/argument.h"
#include "driverctl/cli/settings.h"
#include "toolkit/runtimes/configure.h"
#include "toolkit/runtimes/daemon_check.h"

namespace driverctl {

/// Reads the group of container runtimes and the hook's path. Throws host::Error(Fault::Usage) for
/// arguments that do not go together.
toolkit::runtimes::Outcome configureRuntime(const Settings& settings, const Arguments& arguments,
                                            const toolkit::runtimes::ConfigFiles& files,
                                            const toolkit::runtimes::DaemonQuestions& daemon);

} // namespace driverctl
