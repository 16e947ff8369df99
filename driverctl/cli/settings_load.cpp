/// Settings of a node that the driver is loaded on.
#include "driverctl/cli/settings.h"

namespace driverctl {

namespace {

const Setting kSettings[] = {
    {.name = "accept-license",
     .flags = "-a",
     .environment = {"DRIVERCTL_ACCEPT_LICENSE"},
     .in = [](Options& o) -> Slot { return &o.command.acceptLicense; },
     .help = "Accept NVIDIA's license (kept for NVIDIA's driver container; changes nothing)"},
    {.name = "no-build",
     .environment = {"DRIVERCTL_NO_BUILD"},
     .in = [](Options& o) -> Slot { return &o.search.noBuild; },
     .help = "Fail when neither store nor sources have a package for this kernel, do not build "
             "one"},
    {.name = "package-source",
     .environment = {"DRIVERCTL_PACKAGE_SOURCE"},
     .in = [](Options& o) -> Slot { return &o.search.packageSources; },
     .placeholder = "DIR|URL",
     .help = "Where to fetch a package that the store lacks, asked in order: a directory, "
             "http(s)://… with "
             "an index.json, oci://HOST/REPOSITORY. Repeatable; in the environment separated "
             "by commas",
     .secret = Secret::Password},
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
    {.name = "host-mofed",
     .environment = {"DRIVERCTL_HOST_MOFED", "USE_HOST_MOFED"},
     .in = [](Options& o) -> Slot { return &o.command.hostMofed; },
     .help = "The host itself has NVIDIA's network driver, no container brings it"},
    {.name = "metrics-file",
     .environment = {"DRIVERCTL_METRICS_FILE"},
     .in = [](Options& o) -> Slot { return &o.metrics.file; },
     .placeholder = "FILE",
     .help = "Keep Prometheus metrics in this file, for node-exporter's textfile collector"},
    {.name = "metrics-listen",
     .environment = {"DRIVERCTL_METRICS_LISTEN"},
     .in = [](Options& o) -> Slot { return &o.metrics.listen; },
     .placeholder = "HOST:PORT",
     .help = "Serve Prometheus metrics at this address, such as 127.0.0.1:9599"},
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
    {.name = "probe",
     .in = [](Options& o) -> Slot { return Choice(o.arguments.probe); },
     .placeholder = "WORD",
     .help = "What is asked",
     .choices = {{"", std::nullopt},
                 {"startup", Probe::Startup},
                 {"readiness", Probe::Readiness},
                 {"liveness", Probe::Liveness}}},
};

} // namespace

std::span<const Setting> loadSettings() {
    return kSettings;
}

} // namespace driverctl
