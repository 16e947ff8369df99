/// The installation of `toolkit install` and of init's step, by one process at a time.
///
/// Owns the lock (loader/instance.h) from putUp() until takeBack() or its end. Ended without
/// takeBack(), it leaves what is installed.
#pragma once

#include "driverctl/cli/settings.h"
#include "loader/instance.h"
#include "loader/state.h"
#include "toolkit/installation/installation.h"

#include <filesystem>
#include <optional>

namespace driverctl {

/// Reads the groups of the container toolkit and of container runtimes. Throws
/// host::Error(Fault::Usage), also for a directory that is one of this container alone, as far as
/// that shows: paths in it mean nothing to the host's container runtimes.
toolkit::InstallationPlan installationPlan(const Settings& settings,
                                           const std::filesystem::path& directory);

/// What an ended init has installed elsewhere than in `keep`. Throws host::Error.
void takeToolkitBack(const loader::NodeState& last, const host::Observer& observer,
                     const std::filesystem::path& keep = {});

class ToolkitInstaller {
  public:
    ToolkitInstaller(const toolkit::InstallationPlan& plan, const host::Observer& observer);

    /// Throws host::Error; Fault::AlreadyRunning when another process is at it.
    void putUp();
    /// Nothing when putUp() was not called.
    void takeBack();

  private:
    std::filesystem::path pidFile_;
    toolkit::Installation installation_;
    std::optional<loader::Instance> lock_;
};

} // namespace driverctl
