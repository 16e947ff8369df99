/// What is installed for a node's container runtimes, and how they learn of it.
#include "driverctl/cli/groups.h"

namespace driverctl {

const Group kToolkitSettings = {
    "Container toolkit",
    {
        {.name = "config-mode",
         .environment = {"DRIVERCTL_CONFIG_MODE", "CRIO_CONFIG_MODE"},
         .in = [](Options& o) -> Slot { return Choice(o.install.mode); },
         .placeholder = "WORD",
         .help = "What leads the container runtime to the programs: its configuration, or the file "
                 "of a hook (CRI-O, podman)",
         .choices = {{"config", toolkit::ConfigMode::Runtime},
                     {"hook", toolkit::ConfigMode::Hook}}},
        {.name = "hooks-directory",
         .environment = {"DRIVERCTL_HOOKS_DIRECTORY", "CRIO_HOOKS_DIR"},
         .in = [](Options& o) -> Slot { return &o.install.hooks; },
         .placeholder = "DIR",
         .help = "Where the hook's file is written, or a file; default: where the runtime looks"},
        {.name = "runtime-socket",
         .environment = {"DRIVERCTL_RUNTIME_SOCKET", "RUNTIME_SOCKET", "DOCKER_SOCKET",
                         "CONTAINERD_SOCKET", "CRIO_SOCKET"},
         .in = [](Options& o) -> Slot { return &o.install.socket; },
         .placeholder = "FILE",
         .help = "The socket of the container runtime's daemon; default: where it usually is"},
        {.name = "runtime-config",
         .environment = {"DRIVERCTL_RUNTIME_CONFIG", "RUNTIME_CONFIG", "DOCKER_CONFIG",
                         "CONTAINERD_CONFIG", "CRIO_CONFIG"},
         .in = [](Options& o) -> Slot { return &o.install.config; },
         .placeholder = "FILE",
         .help = "The container runtime's own file; default: where it usually is"},
        {.name = "runtime-drop-in",
         .environment = {"DRIVERCTL_RUNTIME_DROP_IN", "RUNTIME_DROP_IN_CONFIG"},
         .in = [](Options& o) -> Slot { return &o.install.dropIn; },
         .placeholder = "FILE",
         .help = "A file beside it that is ours; default: where the runtime looks for one"},
        {.name = "restart-mode",
         .environment = {"DRIVERCTL_RESTART_MODE", "RUNTIME_RESTART_MODE", "DOCKER_RESTART_MODE",
                         "CONTAINERD_RESTART_MODE", "CRIO_RESTART_MODE"},
         .in = [](Options& o) -> Slot { return Choice(o.install.restart); },
         .placeholder = "WORD",
         .help =
             "How the daemon reads its configuration again: signal (SIGHUP to the process behind "
             "the socket), systemd (its service, on the host), none; auto: docker by a signal, of "
             "others it is said what to do",
         .choices = {{"auto", toolkit::RestartMode::Auto},
                     {"signal", toolkit::RestartMode::Signal},
                     {"systemd", toolkit::RestartMode::Systemd},
                     {"none", toolkit::RestartMode::None}}},
        {.name = "runtime-args",
         .environment = {"DRIVERCTL_RUNTIME_ARGS", "RUNTIME_ARGS"},
         .in = [](Options& o) -> Slot { return &o.install.arguments; },
         .placeholder = "WORDS",
         .help =
             "Options of NVIDIA's container in one text, such as \"--socket /run/docker.sock\"; "
             "they count before the settings that mean the same"},
        {.name = "accept-envvar-when-unprivileged",
         .environment = {"DRIVERCTL_ACCEPT_ENVVAR_WHEN_UNPRIVILEGED",
                         "ACCEPT_NVIDIA_VISIBLE_DEVICES_ENVVAR_WHEN_UNPRIVILEGED"},
         .in = [](Options& o) -> Slot {
             return Choice(o.install.files.acceptEnvironmentUnprivileged);
         },
         .placeholder = "WORD",
         .help = "Whether NVIDIA_VISIBLE_DEVICES counts in an unprivileged container",
         .choices = {{"true", true}, {"false", false}}},
        {.name = "accept-volume-mounts",
         .environment = {"DRIVERCTL_ACCEPT_VOLUME_MOUNTS",
                         "ACCEPT_NVIDIA_VISIBLE_DEVICES_AS_VOLUME_MOUNTS"},
         .in = [](Options& o) -> Slot { return &o.install.files.acceptVolumeMounts; },
         .help = "Mounts may name a container's GPUs, as Kubernetes' device plugin does it"},
        {.name = "runtime-log",
         .environment = {"DRIVERCTL_RUNTIME_LOG", "NVIDIA_CONTAINER_RUNTIME_DEBUG"},
         .in = [](Options& o) -> Slot { return &o.install.files.debug; },
         .placeholder = "FILE",
         .help = "Where driverctl-runtime logs on the host; default: nowhere"},
        {.name = "low-level-runtimes",
         .environment = {"DRIVERCTL_LOW_LEVEL_RUNTIMES", "NVIDIA_CONTAINER_RUNTIME_RUNTIMES"},
         .in = [](Options& o) -> Slot { return &o.install.files.runtimes; },
         .placeholder = "PROGRAM",
         .help =
             "What starts containers in the end: the first of them that is there; default: runc, "
             "then crun"},
        {.name = "toolkit-pid-file",
         .environment = {"DRIVERCTL_TOOLKIT_PID_FILE", "TOOLKIT_PID_FILE", "PID_FILE"},
         .in = [](Options& o) -> Slot { return &o.install.pidFile; },
         .placeholder = "FILE",
         .help = "Its lock keeps a second installation away"},
    }};

} // namespace driverctl
