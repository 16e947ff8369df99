/// The driver on this node while init runs: its steps up, its steps down, and what happens in
/// between.
///
/// start() is a transaction: a step that fails undoes the steps before it. waitUntilStopped()
/// supervises the daemon and returns once a signal was followed and everything is taken back; a
/// signal while somebody uses the driver changes nothing.
#pragma once

#include "driverctl/options.h"
#include "loader/daemon.h"
#include "loader/driver_modules.h"
#include "loader/driver_root.h"
#include "loader/firmware_path.h"
#include "loader/state.h"
#include "loader/transaction.h"

#include <optional>
#include <set>

namespace host {
class SignalSet;
}

namespace driverctl {

class RunningDriver {
  public:
    RunningDriver(const Options& options, const precompile::Package& package,
                  loader::DriverModules& modules, host::ModuleTree& tree, host::Kernel& kernel);

    void start();
    void waitUntilStopped(host::SignalSet& signals);

    /// Ends the persistence daemon of an instance that is dead.
    static void stopLeftDaemon(const std::filesystem::path& runDirectory);

  private:
    void setFirmwarePath();
    void makeDeviceNodes();
    void removeDeviceNodes();
    void startPersistenceDaemon();
    void superviseDaemon();
    bool stop();
    void save(const std::string& phase);

    const Options& options_;
    loader::DriverModules& modules_;
    host::ModuleTree& tree_;
    host::Kernel& kernel_;
    loader::Transaction steps_;
    loader::FirmwarePath firmware_;
    loader::DriverRoot root_;
    loader::Daemon persistence_;
    loader::Backoff backoff_;
    std::optional<loader::Backoff::Clock::time_point> restartAt_;
    std::vector<std::filesystem::path> nodes_; ///< that were not there before
    loader::NodeState state_;
};

} // namespace driverctl
