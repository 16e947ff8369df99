/// Which driver is wanted.
#include "driverctl/cli/groups.h"

namespace driverctl {

const Group kDriverSettings = {
    "Driver",
    {
        {.name = "driver",
         .environment = {"DRIVERCTL_DRIVER", "DRIVER_VERSION"},
         .in = [](Options& o) -> Slot { return &o.driver.version; },
         .placeholder = "VERSION",
         .help = "Driver version, its beginning (535) or latest; default: the only one in the "
                 "source directory"},
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
        {.name = "source-dir",
         .environment = {"DRIVERCTL_SOURCE_DIR"},
         .in = [](Options& o) -> Slot { return &o.driver.sourceDir; },
         .placeholder = "DIR",
         .help = "Directory that holds the driver's kernel sources, in any layout that driver list "
                 "knows"},
    }};

} // namespace driverctl
