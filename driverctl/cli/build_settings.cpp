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
        {.name = "ccache-dir",
         .environment = {"DRIVERCTL_CCACHE_DIR"},
         .in = [](Options& o) -> Slot { return &o.build.ccacheDir; },
         .placeholder = "DIR",
         .help = "Cache of compiled objects, used when the build root has ccache"},
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
         .help = "Build even what is known not to compile for the kernel, or not on this machine; "
                 "update and matrix also what the store has already"},
        {.name = "no-patches",
         .environment = {"DRIVERCTL_NO_PATCHES"},
         .in = [](Options& o) -> Slot { return &o.build.noPatches; },
         .help = "Leave out the patches that driverctl carries for NVIDIA's sources, and packages "
                 "that were compiled with one"},
        {.name = "mkprecompiled",
         .environment = {"DRIVERCTL_MKPRECOMPILED"},
         .in = [](Options& o) -> Slot { return &o.build.mkprecompiled; },
         .placeholder = "FILE",
         .help = "Write the interface objects to this file as well, in the format of NVIDIA's "
                 "mkprecompiled"},
        {.name = "proc-version",
         .environment = {"DRIVERCTL_PROC_VERSION"},
         .in = [](Options& o) -> Slot { return &o.build.procVersion; },
         .placeholder = "TEXT",
         .help = "What /proc/version says of the kernel, for a package of mkprecompiled; unless "
                 "given, what the build root tells"},
        {.name = "linker",
         .environment = {"DRIVERCTL_LINKER"},
         .in = [](Options& o) -> Slot { return &o.build.linker; },
         .placeholder = "PROGRAM",
         .help = "Linker for packages of NVIDIA's mkprecompiled"},
    }};

} // namespace driverctl
