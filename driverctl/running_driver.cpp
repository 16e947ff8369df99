#include "driverctl/running_driver.h"

#include "driverctl/report/log.h"
#include "driverctl/report/remedy.h"
#include "gpu/device_nodes.h"
#include "host/base/error.h"
#include "host/base/file.h"
#include "host/crypto/digest.h"
#include "host/process/signals.h"
#include "loader/checks/module_permission.h"
#include "loader/daemons/daemon_table.h"
#include "loader/loaded_driver.h"

#include <chrono>
#include <csignal>
#include <cstring>
#include <ctime>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

namespace driverctl {

namespace {

using loader::Phase;

const std::filesystem::path kLicenceDirectory = "/etc/nvidia";

/// vGPU's licence files: a ConfigMap brings them, nvidia-gridd reads them in /etc/nvidia.
void copyLicenceFiles(host::NodeActions& actions, const std::filesystem::path& parameters) {
    for (const char* name : {"gridd.conf", "ClientConfigToken"}) {
        if (std::filesystem::exists(parameters / name)) {
            actions.copy(parameters / name, kLicenceDirectory / name);
        }
    }
}

} // namespace

loader::NodeState initialState(const Options& options, const precompile::Package& package,
                               const loader::DriverModules& modules) {
    const auto& identity = package.manifest().identity;
    loader::NodeState state;
    state.bootId = loader::bootId();
    state.process = loader::identityOf(::getpid()).value_or(loader::ProcessIdentity{});
    state.package = package.file().string();
    state.packageSha256 = host::digestOfFile(package.file());
    state.sources = modules.sources().string();
    state.driver = identity.driver;
    state.flavour = precompile::toString(identity.flavour);
    state.kernel = identity.target.kernel;
    state.configDigest = options.life.configDigest;
    for (const auto& module : modules.modules()) {
        state.modules.push_back({module.entry.name, module.parameters});
    }
    return state;
}

RunningDriver::RunningDriver(const Options& options, const loader::NodeState& state,
                             loader::DriverModules& modules, loader::PreviousDriver& previous,
                             host::ModuleTree& tree, host::NodeActions& actions)
    : options_(options), modules_(modules), previous_(previous), tree_(tree), actions_(actions),
      state_(state),
      steps_(
          [](const std::string& step, const std::exception& error) {
              host::logWarning(fmt::format("cannot undo '{}': {}", step, error.what()));
          },
          [this] { save(Phase::Starting); }),
      firmware_(actions), root_(options.life.runDir, actions),
      markers_(options.life.runDir, actions), metrics_(options) {}

void RunningDriver::load() {
    host::logInfo("Stopping NVIDIA persistence daemon...");
    previous_.requireUnused(); // before anything is changed
    previous_.endDaemons();
    try {
        recordState();
        removePreviousDriver();
        host::logInfo("Checking NVIDIA driver packages...");
        host::logInfo(fmt::format("Found NVIDIA driver package {}",
                                  std::filesystem::path(state_.package).stem().string()));
        host::logInfo("Installing NVIDIA driver kernel modules...");
        setFirmwarePath();
        loadModules();
        bringUp();
    } catch (...) {
        putPreviousBack();
        throw;
    }
    previous_.forget();
}

void RunningDriver::adopt() {
    state_.adopted = true;
    previous_.endDaemons(); // of the dead instance: they are not ours to watch
    try {
        recordState();
        setFirmwarePath();
        steps_.run({.name = "adopt the loaded kernel modules",
                    .run = [] {},
                    .undo =
                        [this] {
                            if (complete_) { // whoever fails to adopt them has no say in their end
                                unloadModules();
                            }
                        }});
        bringUp();
        complete_ = true;
    } catch (...) {
        putPreviousBack();
        throw;
    }
    previous_.forget();
}

/// Never replaces the error that made it necessary.
void RunningDriver::putPreviousBack() {
    try {
        previous_.putBack();
    } catch (const std::exception& error) {
        host::logWarning(fmt::format("the previous driver is not back: {}", error.what()));
    }
}

void RunningDriver::recordState() {
    steps_.run({.name = "record the state",
                .run = [this] { markers_.remove(); },
                .undo =
                    [this] {
                        markers_.remove();
                        loader::removeState(actions_, options_.life.runDir);
                    }});
}

void RunningDriver::removePreviousDriver() {
    steps_.run({.name = "remove the previous driver", .run = [this] {
                    host::logInfo("Unloading NVIDIA driver kernel modules...");
                    previous_.removeModules();
                    host::logInfo("Unmounting NVIDIA driver rootfs...");
                    previous_.removeRoot();
                }});
}

void RunningDriver::setFirmwarePath() {
    const auto set = [this] {
        const auto path = root_.firmware();
        if (const auto foreign = firmware_.set(path)) {
            state_.foreignFirmwarePath = *foreign;
            host::logWarning(
                fmt::format("the kernel's firmware path is {} already and stays; firmware in {} "
                            "will not be found",
                            *foreign, path.string()));
        }
    };
    steps_.run(
        {.name = "set the firmware path", .run = set, .undo = [this] { firmware_.restore(); }});
}

void RunningDriver::loadModules() {
    host::logInfo("Re-linking NVIDIA driver kernel modules...");
    host::logInfo("Loading NVIDIA driver kernel modules...");
    steps_.run({.name = loader::kLoadStep,
                .run = [this] { modules_.load(tree_); },
                .undo = [this] { unloadModules(); }});
}

void RunningDriver::unloadModules() {
    host::logInfo("Unloading NVIDIA driver kernel modules...");
    modules_.unload();
}

/// What is around the modules, and has to be done for an adopted driver too.
void RunningDriver::bringUp() {
    steps_.run({.name = "make the device nodes",
                .run = [this] { makeDeviceNodes(); },
                .undo = [this] { removeDeviceNodes(); }});
    // Before the first program opens a device: the kernel looks for the firmware below the driver
    // root then.
    host::logInfo("Mounting NVIDIA driver rootfs...");
    steps_.run({.name = "mount the driver root",
                .run = [this] { mountRoot(); },
                .undo =
                    [this] {
                        host::logInfo("Unmounting NVIDIA driver rootfs...");
                        root_.unmount();
                    }});
    steps_.run({.name = "start the daemons",
                .run = [this] { startDaemons(); },
                .undo = [this] { stopDaemons(); }});
    steps_.run({.name = "declare the node ready", .run = [this] { declareReady(); }});
    save(Phase::Ready);
}

void RunningDriver::makeDeviceNodes() {
    state_.nodes.clear();
    for (const auto& node : gpu::planDeviceNodes("/proc", options_.life.devRoot)) {
        if (!std::filesystem::exists(node.path)) {
            madeNodes_.push_back(node.path);
        }
        actions_.makeDeviceNode(node);
        state_.nodes.push_back(node.path);
        linkByNumber(node);
    }
}

void RunningDriver::linkByNumber(const host::DeviceNode& node) {
    const auto link = gpu::characterLink(node, options_.life.devRoot);
    const auto target = std::filesystem::relative(node.path, link.parent_path());
    std::error_code missing;
    if (std::filesystem::read_symlink(link, missing) == target) {
        return;
    }
    madeNodes_.push_back(link);
    actions_.makeLink(target, link);
}

void RunningDriver::removeDeviceNodes() {
    for (const auto& node : madeNodes_) {
        actions_.remove(node);
    }
    madeNodes_.clear();
}

void RunningDriver::mountRoot() {
    root_.unmount(); // of an instance that died: its root would stay below ours
    root_.mount();
    if (const auto refused = root_.label()) {
        host::logWarning(*refused);
    }
}

void RunningDriver::startDaemons() {
    markers_.writeDaemons(false);
    copyLicenceFiles(actions_, options_.life.parameterDir);
    const auto specs = loader::daemonsFor({.persistence = options_.life.persistence,
                                           .imex = options_.life.imex,
                                           .parameters = options_.life.parameterDir});
    if (options_.life.persistence != loader::Persistence::Off) {
        host::logInfo("Starting NVIDIA persistence daemon...");
    }
    daemons_.emplace(specs, loader::Supervisor::Report{host::logInfo, host::logWarning});
    daemons_->start();
}

void RunningDriver::declareReady() {
    markers_.writeConfigDigest(options_.life.configDigest);
    markers_.writeDaemons(true);
}

void RunningDriver::waitUntilStopped(host::SignalSet& signals) {
    constexpr int kTick = 1000; // milliseconds; orphans are reaped, restarts are due by the clock
    for (;;) {
        std::vector<pollfd> polls = daemons_->pollSet();
        polls.push_back({signals.fd(), POLLIN, 0});
        polls.push_back({metrics_.fd(), POLLIN, 0});
        ::poll(polls.data(), polls.size(), kTick);
        if ((polls.back().revents & POLLIN) != 0) {
            metrics_.serve();
        }
        if (daemons_->tick()) {
            save(Phase::Ready);
        }
        if (const auto signal = signals.next(std::chrono::milliseconds(0))) {
            host::logInfo(fmt::format("Caught signal {}", ::strsignal(*signal)));
            if (stop()) {
                return;
            }
        }
    }
}

bool RunningDriver::stopDaemons() {
    if (!daemons_ || daemons_->pids().empty()) {
        return false;
    }
    host::logInfo("Stopping NVIDIA persistence daemon...");
    daemons_->stop();
    return true;
}

/// False when somebody uses the driver: nothing has changed then.
bool RunningDriver::stop() {
    // Since it was loaded, somebody may have set kernel.modules_disabled.
    const auto forbidden = checkModulePermission(loader::Need::Removal, actions_.moduleAccess());
    if (options_.life.keepLoaded || forbidden) {
        stopDaemons();
        markers_.remove();
        save(Phase::Kept);
        host::logInfo("The driver stays loaded, the next init adopts it");
        if (forbidden && !options_.life.keepLoaded) {
            throw host::Error(host::Fault::NotLoadable, forbidden->text, forbidden->remedy);
        }
        return true;
    }
    bool stopped = false;
    try {
        loader::requireUnused(daemons_->pids());
        stopped = stopDaemons();
        loader::requireUnused({});
    } catch (const host::Error& error) {
        host::logError(tell(error));
        if (stopped) {
            daemons_->start();
            save(Phase::Ready);
        }
        return false;
    }
    save(Phase::Stopping);
    steps_.unwind();
    return true;
}

void RunningDriver::save(Phase phase) {
    if (state_.phase != phase || state_.since == 0) {
        state_.since = std::time(nullptr);
    }
    state_.phase = phase;
    state_.daemons = daemons_ ? daemons_->describe() : std::vector<loader::NodeState::Daemon>{};
    state_.steps.clear();
    for (const auto& step : steps_.results()) {
        const auto start =
            std::chrono::duration_cast<std::chrono::milliseconds>(step.start.time_since_epoch());
        state_.steps.push_back({step.name, start.count(), step.duration.count(), step.result});
    }
    loader::writeState(actions_, options_.life.runDir, state_);
    metrics_.publish(state_);
}

} // namespace driverctl
