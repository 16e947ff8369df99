/// What the driver is built for.
#include "driverctl/cli/groups.h"

namespace driverctl {

const Group kTargetSettings = {
    "Kernel and operating system",
    {
        {.name = "release",
         .environment = {"DRIVERCTL_RELEASE"},
         .in = [](Options& o) -> Slot { return &o.target.release; },
         .placeholder = "RELEASE",
         .help = "Flatcar release, such as 4593.2.5, or current: the channel's newest; default: "
                 "this node's"},
        {.name = "channel",
         .environment = {"DRIVERCTL_CHANNEL"},
         .in = [](Options& o) -> Slot { return &o.target.channel; },
         .placeholder = "CHANNEL",
         .help = "Release channel: stable, beta, alpha, lts, lts-2024; default: this node's, else "
                 "the one that the release's number tells"},
        {.name = "board",
         .environment = {"DRIVERCTL_BOARD"},
         .in = [](Options& o) -> Slot { return &o.target.board; },
         .placeholder = "BOARD",
         .help = "Flatcar board; default: this machine's",
         .choices = {"", "amd64-usr", "arm64-usr"}},
        {.name = "kernel",
         .flags = "-k",
         .environment = {"DRIVERCTL_KERNEL"},
         .in = [](Options& o) -> Slot { return &o.target.kernel; },
         .placeholder = "KERNEL",
         .help = "Kernel release as uname -r prints it; default: the running one, or the release's "
                 "when "
                 "--release is given"},
        {.name = "build-root",
         .environment = {"DRIVERCTL_BUILD_ROOT"},
         .in = [](Options& o) -> Slot { return &o.target.buildRoot; },
         .placeholder = "DIR",
         .help = "Build in this directory, which holds toolchain and kernel headers, instead of a "
                 "release's developer environment; / is the host itself",
         .isInput = true},
    }};

} // namespace driverctl
