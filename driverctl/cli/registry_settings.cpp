/// How registries are talked to.
#include "driverctl/cli/groups.h"

namespace driverctl {

const Group kRegistrySettings = {
    "Registries and servers",
    {
        {.name = "auth-file",
         .environment = {"DRIVERCTL_AUTH_FILE", "REGISTRY_AUTH_FILE"},
         .in = [](Options& o) -> Slot { return &o.registry.authFiles; },
         .placeholder = "FILE",
         .help = "File with registry credentials, as docker and podman write it; default: theirs. "
                 "Repeatable, or separated by commas"},
        {.name = "plain-http",
         .environment = {"DRIVERCTL_PLAIN_HTTP"},
         .in = [](Options& o) -> Slot { return &o.registry.plainHttp; },
         .help = "Talk to registries without TLS"},
        {.name = "ca-file",
         .environment = {"DRIVERCTL_CA_FILE"},
         .in = [](Options& o) -> Slot { return &o.registry.caFile; },
         .placeholder = "FILE",
         .help =
             "Certificates of authorities that servers may be certified by; default: the system's",
         .guards = true,
         .isInput = true},
    }};

} // namespace driverctl
