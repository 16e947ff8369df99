#include "driverctl/command.h"

#include "driverctl/commands/doctor.h"
#include "driverctl/commands/init.h"
#include "driverctl/commands/peermem.h"
#include "driverctl/commands/plan.h"
#include "driverctl/commands/probe.h"
#include "driverctl/commands/status.h"
#include "driverctl/commands/unload.h"
#include "driverctl/commands/update.h"

namespace driverctl {

namespace {

const std::vector<Command> kTable = {
    {"update",
     "Build the driver's kernel modules for a kernel and put the package into the store",
     {"release", "channel", "board", "kernel", "driver", "flavour", "mirror", "keyring",
      "signing-key", "work-dir", "store", "source-dir", "build-root", "max-threads", "tag",
      "source-date-epoch", "force"},
     {ExitCode::Done, ExitCode::Failed, ExitCode::Usage, ExitCode::VerificationFailed,
      ExitCode::Signal},
     update},
    {"init",
     "Load the driver, expose the driver root, wait; unload on HUP, INT, QUIT, PIPE or TERM",
     {"driver",
      "flavour",
      "tag",
      "store",
      "source-dir",
      "no-build",
      "accept-license",
      "persistence",
      "imex",
      "keep-loaded",
      "unbind-nouveau",
      "config-digest",
      "gpu-direct-rdma",
      "gpu-direct-storage",
      "gdrcopy",
      "metrics-file",
      "metrics-listen",
      "run-dir",
      "parameter-dir",
      "dev-root",
      "release",
      "channel",
      "board",
      "mirror",
      "keyring",
      "signing-key",
      "work-dir",
      "build-root",
      "max-threads"},
     {ExitCode::Done, ExitCode::Failed, ExitCode::Usage, ExitCode::NoPackage, ExitCode::InUse,
      ExitCode::AlreadyRunning, ExitCode::NotLoadable, ExitCode::NoGpu,
      ExitCode::VerificationFailed, ExitCode::Signal},
     init},
    {"status",
     "Say what is loaded, from which package, since when, and who uses it",
     {"json", "run-dir"},
     {ExitCode::Done, ExitCode::Failed, ExitCode::Usage},
     status},
    {"doctor",
     "Say what on this node decides whether the driver works, and what to do about it",
     {"json", "driver", "flavour", "tag", "store", "source-dir", "work-dir", "run-dir",
      "parameter-dir", "gpu-direct-rdma"},
     {ExitCode::Done, ExitCode::Failed, ExitCode::Usage, ExitCode::NotLoadable, ExitCode::NoGpu},
     doctor},
    {"plan",
     "Say what init would do now, and why; change nothing",
     {"json", "driver", "flavour", "tag", "store", "source-dir", "no-build", "run-dir",
      "parameter-dir", "config-digest", "gpu-direct-rdma"},
     {ExitCode::Done, ExitCode::Failed, ExitCode::Usage, ExitCode::NoPackage, ExitCode::InUse,
      ExitCode::NotLoadable, ExitCode::NoGpu},
     plan},
    {"unload",
     "Unload the driver that an ended init left, unless somebody uses it",
     {"dry-run", "run-dir"},
     {ExitCode::Done, ExitCode::Failed, ExitCode::Usage, ExitCode::InUse, ExitCode::AlreadyRunning},
     unload},
    {"probe",
     "Answer a startup, readiness or liveness probe with one line and exit code 0 or 1",
     {"run-dir", "persistence", "gpu-direct-rdma", "gpu-direct-storage", "gdrcopy"},
     {ExitCode::Done, ExitCode::Failed, ExitCode::Usage},
     probe,
     "probe"},
    {"reload_nvidia_peermem",
     "Wait for NVIDIA's network driver and init, load nvidia-peermem, wait for a signal",
     {"driver", "flavour", "tag", "store", "source-dir", "run-dir", "parameter-dir", "host-mofed"},
     {ExitCode::Done, ExitCode::Failed, ExitCode::Usage, ExitCode::NoPackage, ExitCode::NotLoadable,
      ExitCode::Signal},
     reloadPeermem},
    {"probe_nvidia_peermem",
     "Answer whether nvidia-peermem is loaded where it has to be",
     {},
     {ExitCode::Done, ExitCode::Failed, ExitCode::Usage},
     probePeermem},
};

} // namespace

std::span<const Command> commands() {
    return kTable;
}

} // namespace driverctl
