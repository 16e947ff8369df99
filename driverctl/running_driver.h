/// The driver on this node while init runs: its steps up, its steps down, and what happens in
/// between.
///
/// load() and adopt() are transactions: a step that fails undoes the steps before it, and load()
/// then puts the previous driver back. waitUntilStopped() supervises the daemons and returns once a
/// signal was followed and everything is taken back (or, with --keep-loaded, left in place); a
/// signal while somebody uses the driver changes nothing. Where the kernel removes no modules any
/// more, the driver is left as with --keep-loaded, and that is host::Error(NotLoadable).
#pragma once

#include "driverctl/cli/options.h"
#include "driverctl/metrics_export.h"
#include "loader/daemons/supervisor.h"
#include "loader/driver_modules.h"
#include "loader/driver_root.h"
#include "loader/firmware_path.h"
#include "loader/markers.h"
#include "loader/previous_driver.h"
#include "loader/state.h"
#include "loader/transaction.h"

#include <optional>

namespace host {
class SignalSet;
}

namespace driverctl {

class RunningDriver {
  public:
    RunningDriver(const Options& options, const loader::NodeState& state,
                  loader::DriverModules& modules, loader::PreviousDriver& previous,
                  host::ModuleTree& tree, host::NodeActions& actions);

    /// Takes the previous driver away and brings the wanted one up.
    void load();
    /// Leaves the loaded modules as they are and brings up what is around them.
    void adopt();
    void waitUntilStopped(host::SignalSet& signals);

  private:
    void recordState();
    void removePreviousDriver();
    void putPreviousBack();
    void setFirmwarePath();
    void loadModules();
    void unloadModules();
    void bringUp();
    void makeDeviceNodes();
    void linkByNumber(const host::DeviceNode& node);
    void removeDeviceNodes();
    void mountRoot();
    void startDaemons();
    void declareReady();
    bool stop();
    bool stopDaemons();
    void save(loader::Phase phase);

    const Options& options_;
    loader::DriverModules& modules_;
    loader::PreviousDriver& previous_;
    host::ModuleTree& tree_;
    host::NodeActions& actions_;
    loader::NodeState state_;
    loader::Transaction steps_;
    loader::FirmwarePath firmware_;
    loader::DriverRoot root_;
    loader::Markers markers_;
    MetricsExport metrics_;
    std::optional<loader::Supervisor> daemons_;
    std::vector<std::filesystem::path> madeNodes_; ///< that were not there before
    bool complete_ = false;                        ///< the adopted driver is ours
};

/// The record of an init that has done nothing yet.
loader::NodeState initialState(const Options& options, const precompile::Package& package,
                               const loader::DriverModules& modules);

} // namespace driverctl
