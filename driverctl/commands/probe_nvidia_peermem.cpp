#include "driverctl/commands/all.h"
#include "driverctl/report/print.h"
#include "host/kernel/module.h"

namespace driverctl {

namespace {

constexpr const char* kModule = "nvidia_peermem";
constexpr const char* kNetworkModule = "mlx5_core";

ExitCode probePeermem(const Settings& /*settings*/, const Arguments& /*arguments*/) {
    if (!host::loadedModule(kNetworkModule)) {
        print("NVIDIA's network driver is not loaded, there is nothing to probe\n");
        return ExitCode::Done;
    }
    const bool loaded = host::loadedModule(kModule).has_value();
    print("nvidia-peermem is {}\n", loaded ? "loaded" : "not loaded");
    return loaded ? ExitCode::Done : ExitCode::Failed;
}

} // namespace

const Command kProbeNvidiaPeermem = {
    .name = "probe_nvidia_peermem",
    .summary = "Answer whether nvidia-peermem is loaded where it has to be",
    .run = probePeermem,
};

} // namespace driverctl
