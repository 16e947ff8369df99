/// How the driver lives on a node.
#include "driverctl/cli/groups.h"

namespace driverctl {

const Group kLifeSettings = {
    "Driver on the node",
    {
        {.name = "persistence",
         .environment = {"DRIVERCTL_PERSISTENCE"},
         .in = [](Options& o) -> Slot { return Choice(o.life.persistence); },
         .placeholder = "WORD",
         .help = "The persistence daemon: required (init fails without it), optional, off",
         .choices = {{"required", loader::Persistence::Required},
                     {"optional", loader::Persistence::Optional},
                     {"off", loader::Persistence::Off}}},
        {.name = "imex",
         .environment = {"DRIVERCTL_IMEX"},
         .in = [](Options& o) -> Slot { return &o.life.imex; },
         .help = "Run nvidia-imex, for memory that is shared between nodes over NVLink"},
        {.name = "keep-loaded",
         .environment = {"DRIVERCTL_KEEP_LOADED"},
         .in = [](Options& o) -> Slot { return &o.life.keepLoaded; },
         .help = "Leave the driver loaded at the end, so that the next init with the same driver "
                 "adopts it"},
        {.name = "unbind-nouveau",
         .environment = {"DRIVERCTL_UNBIND_NOUVEAU"},
         .in = [](Options& o) -> Slot { return &o.life.unbindNouveau; },
         .help = "Take the GPUs away from nouveau or nova_core and unload that driver"},
        {.name = "config-digest",
         .environment = {"DRIVERCTL_CONFIG_DIGEST", "DRIVER_CONFIG_DIGEST"},
         .in = [](Options& o) -> Slot { return &o.life.configDigest; },
         .placeholder = "DIGEST",
         .help = "Digest of the configuration that the driver is loaded with; another one means "
                 "loading anew"},
        {.name = "gpu-direct-rdma",
         .environment = {"DRIVERCTL_GPU_DIRECT_RDMA", "GPU_DIRECT_RDMA_ENABLED"},
         .in = [](Options& o) -> Slot { return &o.life.gpuDirectRdma; },
         .help = "Load nvidia-peermem, for GPUDirect RDMA"},
        {.name = "gpu-direct-storage",
         .environment = {"DRIVERCTL_GPU_DIRECT_STORAGE", "GDS_ENABLED"},
         .in = [](Options& o) -> Slot { return &o.life.gpuDirectStorage; },
         .help = "Say in .driver-ctr-ready that GPUDirect Storage is wanted (another container "
                 "loads it)"},
        {.name = "gdrcopy",
         .environment = {"DRIVERCTL_GDRCOPY", "GDRCOPY_ENABLED"},
         .in = [](Options& o) -> Slot { return &o.life.gdrCopy; },
         .help = "Say in .driver-ctr-ready that GDRCopy is wanted (another container loads it)"},
        {.name = "run-dir",
         .environment = {"DRIVERCTL_RUN_DIR"},
         .in = [](Options& o) -> Slot { return &o.life.runDir; },
         .placeholder = "DIR",
         .help = "Directory shared with the host that holds driver root, pid file and state"},
        {.name = "parameter-dir",
         .environment = {"DRIVERCTL_PARAMETER_DIR"},
         .in = [](Options& o) -> Slot { return &o.life.parameterDir; },
         .placeholder = "DIR",
         .help = "Directory with the modules' parameter files, such as nvidia.conf"},
        {.name = "dev-root",
         .environment = {"DRIVERCTL_DEV_ROOT"},
         .in = [](Options& o) -> Slot { return &o.life.devRoot; },
         .placeholder = "DIR",
         .help = "Directory in which the device nodes are made"},
    }};

} // namespace driverctl
