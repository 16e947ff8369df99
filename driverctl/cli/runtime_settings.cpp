/// What a container runtime's configuration shall say of ours.
#include "driverctl/cli/groups.h"

namespace driverctl {

using toolkit::runtimes::Runtime;

const Group kRuntimeSettings = {
    "Container runtimes",
    {
        {.name = "runtime",
         .environment = {"DRIVERCTL_RUNTIME", "RUNTIME"},
         .in = [](Options& o) -> Slot { return Choice(o.runtime.runtime, o.runtime.isNone); },
         .placeholder = "RUNTIME",
         .help = "Container runtime that is configured, or none; default: docker, and for hooks "
                 "podman",
         .choices = {{"", std::nullopt},
                     {"none", Choice::kNone},
                     {"docker", Runtime::Docker},
                     {"containerd", Runtime::Containerd},
                     {"crio", Runtime::Crio},
                     {"podman", Runtime::Podman}},
         .synonyms = {{"cri-o", "crio"}}},
        {.name = "runtime-name",
         .flags = "--nvidia-runtime-name",
         .environment = {"DRIVERCTL_RUNTIME_NAME", "NVIDIA_RUNTIME_NAME", "DOCKER_RUNTIME_NAME",
                         "CONTAINERD_RUNTIME_CLASS", "CRIO_RUNTIME_CLASS"},
         .in = [](Options& o) -> Slot { return &o.runtime.name; },
         .placeholder = "NAME",
         .help = "What users call our runtime"},
        {.name = "runtime-path",
         .flags = "--nvidia-runtime-path",
         .environment = {"DRIVERCTL_RUNTIME_PATH"},
         .in = [](Options& o) -> Slot { return &o.runtime.program; },
         .placeholder = "FILE",
         .help = "driverctl-runtime on the host"},
        {.name = "set-as-default",
         .flags = "--nvidia-set-as-default",
         .environment = {"DRIVERCTL_SET_AS_DEFAULT", "NVIDIA_RUNTIME_SET_AS_DEFAULT",
                         "DOCKER_SET_AS_DEFAULT", "CONTAINERD_SET_AS_DEFAULT",
                         "CRIO_SET_AS_DEFAULT"},
         .in = [](Options& o) -> Slot { return &o.runtime.setAsDefault; },
         .help = "Make our runtime the one of containers that name none"},
        {.name = "enable-cdi",
         .flags = "--cdi.enabled,--cdi.enable",
         .environment = {"DRIVERCTL_ENABLE_CDI", "RUNTIME_ENABLE_CDI", "CDI_ENABLED", "ENABLE_CDI"},
         .in = [](Options& o) -> Slot { return &o.runtime.enableCdi; },
         .help = "Let the runtime read CDI specifications, where it does not by itself (docker, "
                 "containerd)"},
        {.name = "rootless",
         .environment = {"DRIVERCTL_ROOTLESS"},
         .in = [](Options& o) -> Slot { return &o.runtime.rootless; },
         .help = "Configure the user's runtime, below --config-home, and not the system's"},
        {.name = "config-home",
         .environment = {"DRIVERCTL_CONFIG_HOME", "XDG_CONFIG_HOME"},
         .in = [](Options& o) -> Slot { return &o.runtime.configHome; },
         .placeholder = "DIR",
         .help = "Where the user's configuration lies; default: ~/.config"},
        {.name = "runtime-version",
         .environment = {"DRIVERCTL_RUNTIME_VERSION"},
         .in = [](Options& o) -> Slot { return &o.runtime.version; },
         .placeholder = "VERSION",
         .help = "Of the daemon, such as 1.7.24; default: it is asked, where it can be found"},
    }};

} // namespace driverctl
