/// How packages are built.
#include "driverctl/cli/groups.h"

namespace driverctl {

const Group kBuildSettings = {
    "Building",
    {
        {.name = "work-dir",
         .environment = {"DRIVERCTL_WORK_DIR"},
         .in = [](Options& o) -> Slot { return &o.build.workDir; },
         .placeholder = "DIR",
         .help = "Directory for downloads, the image cache and compile logs"},
        {.name = "max-threads",
         .flags = "-m",
         .environment = {"DRIVERCTL_MAX_THREADS"},
         .in = [](Options& o) -> Slot { return &o.build.maxThreads; },
         .help = "Threads for decompressing and compiling; 0: one for each processor"},
        {.name = "source-date-epoch",
         .environment = {"SOURCE_DATE_EPOCH"},
         .in = [](Options& o) -> Slot { return &o.build.sourceDateEpoch; },
         .help = "Time of the build, seconds since 1970, so that the same inputs give the same "
                 "bytes; 0: now"},
        {.name = "force",
         .environment = {"DRIVERCTL_FORCE"},
         .in = [](Options& o) -> Slot { return &o.build.force; },
         .help = "Build even when the store has a valid package, or the driver is known not to "
                 "compile for the kernel"},
        {.name = "no-patches",
         .environment = {"DRIVERCTL_NO_PATCHES"},
         .in = [](Options& o) -> Slot { return &o.build.noPatches; },
         .help = "Leave out the patches that driverctl carries for NVIDIA's sources"},
        {.name = "mkprecompiled",
         .environment = {"DRIVERCTL_MKPRECOMPILED"},
         .in = [](Options& o) -> Slot { return &o.build.mkprecompiled; },
         .placeholder = "FILE",
         .help = "Write the interface objects to this file as well, in the format of NVIDIA's "
                 "mkprecompiled"},
        {.name = "linker",
         .environment = {"DRIVERCTL_LINKER"},
         .in = [](Options& o) -> Slot { return &o.build.linker; },
         .placeholder = "PROGRAM",
         .help = "Linker for packages of NVIDIA's mkprecompiled"},
    }};

} // namespace driverctl
