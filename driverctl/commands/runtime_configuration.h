/// What `runtime configure` does, for any tree that stands for the node.
#pragma once

#include "driverctl/cli/argument.h"
#include "driverctl/cli/settings.h"
#include "toolkit/runtimes/configure.h"

namespace driverctl {

/// Asks for a daemon's version, and for its parser's word, where the settings leave that open.
struct DaemonQuestions {
    std::function<std::optional<toolkit::runtimes::Version>(toolkit::runtimes::Runtime)> version;
    std::function<toolkit::runtimes::DaemonCheck(const toolkit::runtimes::Wish&)> check;
};

/// Reads the group of container runtimes and the hook's path. Throws host::Error(Fault::Usage) for
/// arguments that do not go together.
toolkit::runtimes::Outcome configureRuntime(const Settings& settings, const Arguments& arguments,
                                            const toolkit::runtimes::ConfigFiles& files,
                                            const DaemonQuestions& daemon);

} // namespace driverctl
