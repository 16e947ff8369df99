#include "driverctl/command.h"

#include "driverctl/commands/init.h"
#include "driverctl/commands/status.h"
#include "driverctl/commands/update.h"

namespace driverctl {

std::span<const Command> commands() {
    static const std::vector<Command> table = {
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
         {"driver",   "flavour",        "tag",         "store",      "source-dir",
          "no-build", "accept-license", "persistence", "run-dir",    "parameter-dir",
          "dev-root", "release",        "channel",     "board",      "mirror",
          "keyring",  "signing-key",    "work-dir",    "build-root", "max-threads"},
         {ExitCode::Done, ExitCode::Failed, ExitCode::Usage, ExitCode::NoPackage, ExitCode::InUse,
          ExitCode::AlreadyRunning, ExitCode::NotLoadable, ExitCode::NoGpu,
          ExitCode::VerificationFailed, ExitCode::Signal},
         init},
        {"status",
         "Say what is loaded, from which package, since when, and who uses it",
         {"json", "run-dir"},
         {ExitCode::Done, ExitCode::Failed, ExitCode::Usage},
         status},
    };
    return table;
}

} // namespace driverctl
