/// The driver on this node while init runs: its steps up, its steps down, and what happens in
/// between.
///
/// The steps are data: stepsUp() lists them, in order, and start() runs that list. A step that
/// fails undoes itself and the steps before it, and then the previous driver is put back.
/// waitUntilStopped() supervises the daemons. Where the kernel removes no modules any more, the
/// driver is left as with `keepLoaded`, and that is host::Error(NotLoadable).
#pragma once

#include "host/base/observer.h"
#include "host/base/roots.h"
#include "loader/container_access.h"
#include "loader/daemons/supervisor.h"
#include "loader/decision.h"
#include "loader/device_nodes.h"
#include "loader/driver_modules.h"
#include "loader/driver_root.h"
#include "loader/firmware_path.h"
#include "loader/life_settings.h"
#include "loader/markers.h"
#include "loader/previous_driver.h"
#include "loader/service.h"
#include "loader/state.h"
#include "loader/transaction.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace host {
class SignalSet;
}

namespace loader {

/// How the wanted driver comes up.
enum class Way {
    Load,  ///< the previous one goes, the wanted one is loaded
    Adopt, ///< it is loaded already: its modules stay as they are
};

/// How a decision is executed; nothing for a refusal.
std::optional<Way> wayOf(Action action);

/// Where a life takes place, and who is told. What it refers to has to live as long.
struct LifeContext {
    const LifeSettings& settings;
    host::NodeActions& actions;
    ContainerAccess& containers;
    host::SignalSet& signals;
    host::Observer observer = {};
    /// Gets the record whenever it was written.
    std::function<void(const NodeState&)> publish = [](const NodeState&) {};
    host::Roots roots = {};
};

class DriverLife {
  public:
    struct LifeStep {
        std::string name;     ///< as state.json, the metrics and docs/lifecycle.md have it
        std::string announce; ///< what the log says when it starts; empty: nothing
        std::string undoneBy; ///< in words; empty: there is nothing to undo
        void (DriverLife::*run)();
        void (DriverLife::*undo)() = &DriverLife::doNothing;
    };
    /// What start() does, in order.
    static std::vector<LifeStep> stepsUp(const LifeSettings& settings, Way way);

    /// `state` is the record of a life that has done nothing yet.
    DriverLife(LifeContext context, NodeState state, DriverModules& modules,
               PreviousDriver& previous, host::ModuleTree& tree);

    /// Throws Fault::InUse, before anything is changed, when the previous driver is to go and
    /// somebody uses it. A signal is followed between two steps and while daemons start: the start
    /// has failed then, by host::Interrupted.
    void start(Way way);
    /// Returns once a signal was followed: everything is taken back, or, with `keepLoaded`, left in
    /// place. Throws Fault::InUse when somebody uses the driver; nothing has changed then. Called
    /// again, it follows that signal as soon as nobody does, and throws each time it looks in vain.
    void waitUntilStopped(Service& service);
    /// What a signal makes it do.
    void stop();

  private:
    void doNothing() {}
    void endPreviousDaemons();
    void recordState();
    void forgetState();
    void removePreviousModules();
    void unmountPreviousRoot() { previous_.removeRoot(); }
    void putPreviousBack();
    void setFirmwarePath();
    void emptyFirmwarePath() { firmware_.restore(); }
    void loadModules();
    void unloadModules();
    void unloadAdopted();
    void makeDeviceNodes();
    void recordNodes(std::vector<std::filesystem::path> nodes);
    void removeDeviceNodes();
    void mountRoot();
    void unmountRoot();
    void startDaemons();
    void stopDaemons();
    void tellContainers();
    void tellContainersNothing();
    void installToolkit() { context_.containers.installToolkit(); }
    void takeToolkitBack() { context_.containers.takeToolkitBack(); }
    void followChanges();
    void declareReady();
    void removeMarkers() { markers_.remove(); }
    void leaveLoaded();
    [[nodiscard]] bool daemonsRun() const;
    void attend(Service& service);
    void hear(int signal);
    void enter(Phase phase);
    void save();
    void saveOrWarn();

    LifeContext context_;
    NodeState state_;
    DriverModules& modules_;
    PreviousDriver& previous_;
    host::ModuleTree& tree_;
    Transaction steps_;
    FirmwarePath firmware_;
    DriverRoot root_;
    DeviceNodes nodes_;
    Markers markers_;
    std::optional<Supervisor> daemons_;
    std::optional<Backoff::Clock::time_point> stopAt_; ///< a signal is to be followed then
    bool isRecorded_ = false;                          ///< there is a state.json of ours
    bool isUp_ = false;
};

/// The record of a life that has done nothing yet.
NodeState initialState(const LifeSettings& settings, const precompile::Package& package,
                       const DriverModules& modules, const host::Roots& roots = {});

} // namespace loader
