/// Where metrics go.
#include "driverctl/cli/groups.h"

namespace driverctl {

const Group kMetricsSettings = {
    "Metrics",
    {
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
    }};

} // namespace driverctl
