#include "driverctl/cli/command.h"

#include "driverctl/commands/doctor.h"
#include "driverctl/commands/image.h"
#include "driverctl/commands/init.h"
#include "driverctl/commands/matrix.h"
#include "driverctl/commands/package.h"
#include "driverctl/commands/package_index.h"
#include "driverctl/commands/peermem.h"
#include "driverctl/commands/plan.h"
#include "driverctl/commands/probe.h"
#include "driverctl/commands/registry.h"
#include "driverctl/commands/status.h"
#include "driverctl/commands/unload.h"
#include "driverctl/commands/update.h"

namespace driverctl {

namespace {

const std::vector<Command> kTable = {
    {"update",
     "Build the driver's kernel modules for a kernel and put the package into the store",
     {"release",
      "channel",
      "board",
      "kernel",
      "driver",
      "flavour",
      "mirror",
      "keyring",
      "signing-key",
      "signing-key-url",
      "work-dir",
      "store",
      "source-dir",
      "build-root",
      "max-threads",
      "tag",
      "source-date-epoch",
      "force",
      "sign",
      "sign-certificate",
      "sign-hash",
      "package-key",
      "mkprecompiled"},
     {ExitCode::NotLoadable, ExitCode::VerificationFailed, ExitCode::Signal},
     update},
    {"matrix",
     "Build the missing packages for many releases, drivers and flavours",
     {"releases",    "channels",    "channel",
      "drivers",     "flavours",    "shard",
      "jobs",        "keep-going",  "plan",
      "json",        "board",       "mirror",
      "keyring",     "signing-key", "signing-key-url",
      "work-dir",    "store",       "source-dir",
      "max-threads", "tag",         "source-date-epoch",
      "force",       "sign",        "sign-certificate",
      "sign-hash",   "package-key"},
     {ExitCode::VerificationFailed, ExitCode::Signal},
     matrix},
    {"init",
     "Load the driver, expose the driver root, wait; unload on HUP, INT, QUIT, PIPE or TERM",
     {"driver",          "flavour",         "tag",
      "store",           "source-dir",      "no-build",
      "accept-license",  "persistence",     "imex",
      "keep-loaded",     "unbind-nouveau",  "trust",
      "config-digest",   "gpu-direct-rdma", "gpu-direct-storage",
      "gdrcopy",         "metrics-file",    "metrics-listen",
      "run-dir",         "parameter-dir",   "dev-root",
      "release",         "channel",         "board",
      "mirror",          "keyring",         "signing-key",
      "signing-key-url", "work-dir",        "build-root",
      "max-threads",     "package-source",  "auth-file",
      "plain-http",      "ca-file",         "linker"},
     {ExitCode::NoPackage, ExitCode::InUse, ExitCode::AlreadyRunning, ExitCode::NotLoadable,
      ExitCode::NoGpu, ExitCode::VerificationFailed, ExitCode::Signal},
     init},
    {"status",
     "Say what is loaded, from which package, since when, and who uses it",
     {"json", "run-dir"},
     {},
     status},
    {"doctor",
     "Say what on this node decides whether the driver works, and what to do about it",
     {"json", "driver", "flavour", "tag", "store", "source-dir", "work-dir", "run-dir",
      "parameter-dir", "gpu-direct-rdma", "trust", "package-source", "auth-file", "plain-http",
      "ca-file"},
     {ExitCode::NotLoadable, ExitCode::NoGpu, ExitCode::Signal},
     doctor},
    {"plan",
     "Say what init would do now, and why; change nothing",
     {"json", "driver", "flavour", "tag", "store", "source-dir", "no-build", "run-dir",
      "unbind-nouveau", "parameter-dir", "config-digest", "gpu-direct-rdma", "trust",
      "package-source", "auth-file", "plain-http", "ca-file"},
     {ExitCode::NoPackage, ExitCode::InUse, ExitCode::NotLoadable, ExitCode::NoGpu,
      ExitCode::VerificationFailed, ExitCode::Signal},
     plan},
    {"unload",
     "Unload the driver that an ended init left, unless somebody uses it",
     {"dry-run", "run-dir"},
     {ExitCode::InUse, ExitCode::AlreadyRunning, ExitCode::NotLoadable},
     unload},
    {"probe",
     "Answer a startup, readiness or liveness probe with one line and exit code 0 or 1",
     {"run-dir", "persistence", "gpu-direct-rdma", "gpu-direct-storage", "gdrcopy"},
     {},
     probe,
     {{"probe"}}},
    {"reload_nvidia_peermem",
     "Wait for NVIDIA's network driver and init, load nvidia-peermem, wait for a signal",
     {"run-dir", "parameter-dir", "host-mofed"},
     {ExitCode::NotLoadable, ExitCode::VerificationFailed, ExitCode::Signal},
     reloadPeermem},
    {"probe_nvidia_peermem",
     "Answer whether nvidia-peermem is loaded where it has to be",
     {},
     {},
     probePeermem},
    {"package list", "List the packages of the store", {"json", "store"}, {}, listPackages},
    {"package inspect",
     "Say what a package holds and what it was made of",
     {"json", "show"},
     {ExitCode::VerificationFailed},
     inspectPackage,
     {{"packages"}}},
    {"package verify",
     "Restore every module of the packages (default: all of the store) and check its digest",
     {"json", "store", "source-dir", "trust"},
     {ExitCode::VerificationFailed},
     verifyPackages,
     {{"packages", 0, -1}}},
    {"package sign",
     "Add a signature to packages",
     {"package-key"},
     {ExitCode::VerificationFailed},
     signPackages,
     {{"packages", 1, -1}}},
    {"package diff",
     "Compare two packages: what they are for, what they were made of, what they hold",
     {"json"},
     {ExitCode::VerificationFailed, ExitCode::Differs},
     diffPackages,
     {{"packages", 2, 2}}},
    {"package import",
     "Check packages, also those of NVIDIA's mkprecompiled, and add them to the store",
     {"json", "store", "source-dir", "trust", "release", "tag", "linker"},
     {ExitCode::NotLoadable, ExitCode::VerificationFailed},
     importPackages,
     {{"packages", 1, -1}}},
    {"package export",
     "Copy packages of the store (default: all) into a directory",
     {"json", "store", "output"},
     {ExitCode::VerificationFailed},
     exportPackages,
     {{"packages", 0, -1}}},
    {"package prune",
     "Remove old packages from the store; the one that is loaded always stays",
     {"json", "store", "keep", "dry-run", "run-dir"},
     {},
     prunePackages},
    {"package index",
     "Write an index.json of the packages in a directory, so that it can be a package source over "
     "HTTP",
     {"html"},
     {ExitCode::VerificationFailed},
     indexPackages,
     {{"directory"}}},
    {"image add-packages",
     "Add a layer with packages to a container image; prints the new manifest's digest",
     {"store-path", "reference", "output", "source-dir", "source-date-epoch"},
     {ExitCode::VerificationFailed},
     addPackagesToImage,
     {{"image"}, {"packages", 1, -1}}},
    {"push",
     "Put packages of the store (default: all) into an OCI registry",
     {"store", "mount-from", "auth-file", "plain-http", "ca-file"},
     {ExitCode::VerificationFailed, ExitCode::Signal},
     push,
     {{"reference"}, {"packages", 0, -1}}},
    {"pull",
     "Fetch a package into the store: the one for this node that the store lacks, or the one "
     "artifact that is named",
     {"store", "source-dir", "trust", "release", "kernel", "driver", "flavour", "tag", "auth-file",
      "plain-http", "ca-file"},
     {ExitCode::NoPackage, ExitCode::VerificationFailed, ExitCode::Signal},
     pull,
     {{"package-source", 0, -1}}},
    {"tags",
     "List the tags of a repository in an OCI registry",
     {"json", "auth-file", "plain-http", "ca-file"},
     {ExitCode::Signal},
     tags,
     {{"reference"}}},
};

} // namespace

std::span<const Command> commands() {
    return kTable;
}

ExitCode run(const Command& command, const Options& options) {
    for (const std::string_view name : command.settings) {
        requireInput(options, setting(name));
    }
    for (const Argument& argument : command.arguments) {
        requireInput(options, setting(argument.setting));
    }
    return command.run(options);
}

} // namespace driverctl
