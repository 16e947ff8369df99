/// Settings of every command, and what the driver is built for and loaded on.
#include "driverctl/cli/settings.h"

namespace driverctl {

namespace {

const Setting kSettings[] = {
    {.name = "log-format",
     .environment = {"DRIVERCTL_LOG_FORMAT"},
     .in = [](Options& o) -> Slot { return Choice(o.log.format); },
     .placeholder = "FORMAT",
     .help = "Log as text for people or as JSON lines",
     .choices = {{"text", host::LogFormat::Text}, {"json", host::LogFormat::Json}}},
    {.name = "quiet",
     .flags = "-q",
     .environment = {"DRIVERCTL_QUIET"},
     .in = [](Options& o) -> Slot { return &o.log.quiet; },
     .help = "Log warnings and errors only"},
    {.name = "verbose",
     .flags = "-v",
     .environment = {"DRIVERCTL_VERBOSE"},
     .in = [](Options& o) -> Slot { return &o.log.verbose; },
     .help = "Log details"},
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
    {.name = "driver",
     .environment = {"DRIVERCTL_DRIVER", "DRIVER_VERSION"},
     .in = [](Options& o) -> Slot { return &o.driver.version; },
     .placeholder = "VERSION",
     .help = "Driver version; default: the only one in /usr/src/nvidia-*"},
    {.name = "flavour",
     .environment = {"DRIVERCTL_FLAVOUR", "KERNEL_MODULE_TYPE", "OPEN_KERNEL_MODULES_ENABLED"},
     .in = [](Options& o) -> Slot { return Choice(o.driver.flavour); },
     .placeholder = "FLAVOUR",
     .help = "Kernel module flavour; auto: what this machine's GPUs and the driver ask for",
     .choices = {{"auto", std::nullopt},
                 {"open", precompile::Flavour::Open},
                 {"proprietary", precompile::Flavour::Proprietary}},
     .synonyms = {{"true", "open"}, {"false", "auto"}}},
    {.name = "tag",
     .flags = "-t",
     .environment = {"DRIVERCTL_TAG"},
     .in = [](Options& o) -> Slot { return &o.driver.tag; },
     .placeholder = "TAG",
     .help = "Tag that ends the package's name"},
    {.name = "store",
     .environment = {"DRIVERCTL_STORE"},
     .in = [](Options& o) -> Slot { return &o.store.directory; },
     .placeholder = "DIR",
     .help = "Directory that holds the packages"},
    {.name = "source-dir",
     .environment = {"DRIVERCTL_SOURCE_DIR"},
     .in = [](Options& o) -> Slot { return &o.driver.sourceDir; },
     .placeholder = "DIR",
     .help = "Directory that holds the driver's kernel sources as "
             "nvidia-VERSION/{kernel,kernel-open}"},
};

} // namespace

std::span<const Setting> targetSettings() {
    return kSettings;
}

} // namespace driverctl
