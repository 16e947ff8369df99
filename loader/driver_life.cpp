#include "loader/driver_life.h"

#include "host/base/error.h"
#include "host/crypto/digest.h"
#include "host/kernel/module.h"
#include "host/process/signals.h"
#include "loader/checks/module_permission.h"
#include "loader/daemons/daemon_table.h"
#include "loader/loaded_driver.h"

#include <chrono>
#include <csignal>
#include <cstring>
#include <ctime>
#include <fmt/format.h>
#include <iterator>
#include <poll.h>
#include <unistd.h>
#include <utility>

namespace loader {

std::optional<Way> wayOf(Action action) {
    if (action == Action::Refuse) {
        return std::nullopt;
    }
    return action == Action::Adopt ? Way::Adopt : Way::Load;
}

std::vector<DriverLife::LifeStep> DriverLife::stepsUp(const LifeSettings& settings, Way way) {
    using Life = DriverLife;
    const bool adopts = way == Way::Adopt;
    std::vector<LifeStep> steps = {
        {"end the previous daemons", kStopsDaemons, "", &Life::endPreviousDaemons},
        {"record the state", "", "remove the record", &Life::recordState, &Life::forgetState},
    };
    if (!adopts) {
        steps.push_back({"remove the previous driver", kUnloads,
                         "load it again, when the start fails", &Life::removePreviousModules});
    }
    steps.push_back({"unmount the previous driver root", kUnmounts,
                     "attach it again, when the start fails", &Life::unmountPreviousRoot});
    steps.push_back({"set the firmware path", "", "empty it", &Life::setFirmwarePath,
                     &Life::emptyFirmwarePath});
    if (adopts) {
        steps.push_back({"adopt the loaded kernel modules", "",
                         "remove them, holders first, once the driver was up", &Life::doNothing,
                         &Life::unloadAdopted});
    } else {
        steps.push_back({kLoadStep, "Loading NVIDIA driver kernel modules",
                         "remove them, holders first", &Life::loadModules, &Life::unloadModules});
    }
    steps.push_back({"make the device nodes", "", "remove those that were not there",
                     &Life::makeDeviceNodes, &Life::removeDeviceNodes});
    // Before the first program opens a device: the kernel looks for the firmware below the driver
    // root then.
    steps.push_back({"mount the driver root", "Mounting NVIDIA driver rootfs", "detach it",
                     &Life::mountRoot, &Life::unmountRoot});
    steps.push_back(
        {"start the daemons",
         settings.persistence == Persistence::Off ? "" : "Starting NVIDIA persistence daemon",
         "stop them in reverse", &Life::startDaemons, &Life::stopDaemons});
    steps.push_back({"tell containers", "", "remove what they were told", &Life::tellContainers,
                     &Life::tellContainersNothing});
    if (!settings.toolkit.empty()) {
        steps.push_back({"install the container toolkit", "Installing the container toolkit",
                         "take it back", &Life::installToolkit, &Life::takeToolkitBack});
    }
    steps.push_back({"declare the node ready", "", "remove the markers", &Life::declareReady,
                     &Life::removeMarkers});
    return steps;
}

NodeState initialState(const LifeSettings& settings, const precompile::Package& package,
                       const DriverModules& modules, const host::Roots& roots) {
    const auto& identity = package.manifest().identity;
    NodeState state;
    state.bootId = host::bootId(roots.proc);
    state.process = host::identityOf(::getpid(), roots.proc).value_or(host::ProcessIdentity{});
    state.package = package.file().string();
    state.packageSha256 = host::digestOfFile(package.file());
    state.sources = modules.sources().string();
    state.driver = identity.driver;
    state.flavour = precompile::toString(identity.flavour);
    state.kernel = identity.target.kernel;
    state.configDigest = settings.configDigest;
    for (const auto& module : modules.modules()) {
        state.modules.push_back({module.entry.name, module.parameters});
    }
    return state;
}

DriverLife::DriverLife(LifeContext context, NodeState state, DriverModules& modules,
                       PreviousDriver& previous, host::ModuleTree& tree)
    : context_(std::move(context)), state_(std::move(state)), modules_(modules),
      previous_(previous), tree_(tree), steps_(context_.observer, [this] { save(); }),
      firmware_(context_.actions, context_.roots.sys),
      root_(context_.settings.runDir, context_.actions, context_.roots),
      nodes_(context_.actions, context_.settings.devRoot, context_.roots.proc,
             {.imexChannels = gpu::imexChannels(context_.settings.imexChannels)}),
      markers_(context_.settings.runDir, context_.actions) {
    state_.containerFiles = context_.containers.files(); // before one of them is there
    state_.toolkit = context_.settings.toolkit;
}

void DriverLife::start(Way way) {
    state_.adopted = way == Way::Adopt;
    if (way == Way::Load) {
        previous_.requireUnused();
    }
    try {
        for (const LifeStep& step : stepsUp(context_.settings, way)) {
            steps_.run({.name = step.name,
                        .announce = step.announce,
                        .run =
                            [this, run = step.run] {
                                context_.signals.throwIfPending();
                                (this->*run)();
                            },
                        .undo = [this, undo = step.undo] { (this->*undo)(); }});
        }
    } catch (...) {
        putPreviousBack();
        throw;
    }
    isUp_ = true;
    previous_.forget();
}

/// Never replaces the error that made it necessary.
void DriverLife::putPreviousBack() {
    try {
        previous_.putBack();
    } catch (const std::exception& error) {
        context_.observer.warn(fmt::format("the previous driver is not back: {}", error.what()));
    }
}

/// Those of a dead instance, which are not ours to watch.
void DriverLife::endPreviousDaemons() {
    previous_.endDaemons();
}

void DriverLife::recordState() {
    isRecorded_ = true;
    enter(Phase::Starting);
    save();
}

void DriverLife::forgetState() {
    if (isUp_ && host::loadedModule("nvidia", context_.roots.sys)) {
        enter(Phase::Kept); // it could not be removed: the next init adopts it
        save();
        return;
    }
    isRecorded_ = false;
    removeState(context_.actions, context_.settings.runDir);
}

void DriverLife::removePreviousModules() {
    previous_.removeContainerFiles();
    previous_.removeModules();
    markers_.removeConfigDigest();
}

void DriverLife::setFirmwarePath() {
    if (withoutFirmware(state_)) {
        return;
    }
    const auto path = root_.firmware();
    if (const auto foreign = firmware_.set(path)) {
        state_.foreignFirmwarePath = *foreign;
        context_.observer.warn(
            fmt::format("the kernel's firmware path is {} already and stays; firmware in {} "
                        "will not be found",
                        *foreign, path.string()));
    }
}

void DriverLife::loadModules() {
    modules_.load(tree_);
}

void DriverLife::unloadModules() {
    context_.observer.stage(kUnloads);
    modules_.unload();
    markers_.removeConfigDigest();
}

/// Whoever fails to adopt them has no say in their end.
void DriverLife::unloadAdopted() {
    if (isUp_) {
        unloadModules();
    }
}

void DriverLife::makeDeviceNodes() {
    recordNodes(nodes_.make());
}

/// What the previous init has made is this one's to take away, once it is up.
void DriverLife::recordNodes(std::vector<std::filesystem::path> nodes) {
    state_.nodes = std::move(nodes);
    state_.madeNodes = previous_.madeNodes();
    state_.madeNodes.insert(state_.madeNodes.end(), nodes_.made().begin(), nodes_.made().end());
}

void DriverLife::removeDeviceNodes() {
    nodes_.remove();
    if (isUp_) {
        removeAll(context_.actions, previous_.madeNodes());
    }
}

void DriverLife::mountRoot() {
    root_.showFirmware(state_.driver);
    root_.mount();
}

void DriverLife::unmountRoot() {
    context_.observer.stage(kUnmounts);
    root_.unmount();
    root_.hideFirmware();
}

void DriverLife::startDaemons() {
    const LifeSettings& settings = context_.settings;
    const DaemonWishes wishes{.persistence = settings.persistence,
                              .imex = settings.imex,
                              .fabricConfig = settings.fabricConfig,
                              .parameters = settings.parameterDir};
    auto specs = daemonsFor(wishes, context_.roots);
    writeConfigurations(specs, wishes, context_.actions, context_.roots);
    daemons_.emplace(std::move(specs), context_.observer, &context_.signals);
    daemons_->start();
}

bool DriverLife::daemonsRun() const {
    return daemons_ && !daemons_->pids().empty();
}

void DriverLife::stopDaemons() {
    if (daemonsRun()) {
        context_.observer.stage(kStopsDaemons);
        daemons_->stop();
    }
}

void DriverLife::tellContainers() {
    state_.containerFiles = context_.containers.publish();
}

void DriverLife::tellContainersNothing() {
    removeAll(context_.actions, context_.containers.files());
}

void DriverLife::declareReady() {
    markers_.writeConfigDigest(context_.settings.configDigest);
    markers_.writeReady();
    enter(Phase::Ready);
}

void DriverLife::waitUntilStopped(Service& service) {
    for (;;) {
        try {
            if (stopAt_ && Backoff::Clock::now() >= *stopAt_) {
                stop();
                return;
            }
            attend(service);
            context_.signals.throwIfPending();
        } catch (const host::Interrupted& signal) { // it may come while a daemon is started again
            hear(signal.number());
        }
    }
}

void DriverLife::attend(Service& service) {
    constexpr int kTick = 1000; // milliseconds; orphans are reaped, restarts are due by the clock
    std::vector<pollfd> polls = daemons_->pollSet();
    polls.push_back({context_.signals.fd(), POLLIN, 0});
    polls.push_back({context_.containers.fd(), POLLIN, 0});
    polls.push_back({service.fd(), POLLIN, 0});
    ::poll(polls.data(), polls.size(), kTick);
    const auto isReadable = [](const pollfd& poll) { return (poll.revents & POLLIN) != 0; };
    if (isReadable(polls.back())) {
        service.serve();
    }
    if (isReadable(*std::next(polls.rbegin()))) {
        followChanges();
    }
    if (daemons_->tick()) {
        saveOrWarn();
    }
}

void DriverLife::hear(int signal) {
    if (!stopAt_ || signal != SIGPIPE) { // of a log that is gone: each line raises one
        context_.observer.note(fmt::format("Caught signal {}", ::strsignal(signal)));
    }
    stopAt_ = Backoff::Clock::now();
}

/// GPUs and MIG devices that are new need nodes before containers are told of them.
void DriverLife::followChanges() {
    try {
        if (auto nodes = nodes_.make(); nodes != state_.nodes) {
            recordNodes(std::move(nodes));
            save();
        }
    } catch (const host::Error& error) {
        context_.observer.forgive(error);
    }
    context_.containers.serve();
}

void DriverLife::stop() {
    // Since it was loaded, somebody may have set kernel.modules_disabled.
    const auto forbidden =
        checkModulePermission(Need::Removal, context_.actions.moduleAccess(), context_.roots);
    if (context_.settings.keepLoaded || forbidden) {
        leaveLoaded();
        if (forbidden && !context_.settings.keepLoaded) {
            throw host::Error(host::Fault::NotLoadable, forbidden->text, forbidden->remedy);
        }
        return;
    }
    stopAt_ = Backoff::Clock::now() + std::chrono::seconds(1); // should it be refused
    requireUnused(daemons_->pids(), context_.roots);
    const bool stopped = daemonsRun();
    stopDaemons();
    try {
        requireUnused({}, context_.roots);
    } catch (const host::Error&) {
        if (stopped) { // somebody came meanwhile; where they are not visible, daemons do not flap
            stopAt_ = Backoff::Clock::now() + std::chrono::minutes(1);
            daemons_->resume();
            saveOrWarn();
        }
        throw;
    }
    enter(Phase::Stopping);
    saveOrWarn();
    steps_.unwind();
}

void DriverLife::leaveLoaded() {
    stopDaemons();
    markers_.remove();
    enter(Phase::Kept);
    saveOrWarn();
    context_.observer.note("The driver stays loaded, the next init adopts it");
}

void DriverLife::enter(Phase phase) {
    state_.phase = phase;
    state_.since = std::time(nullptr);
}

void DriverLife::save() {
    if (!isRecorded_) {
        return;
    }
    state_.daemons = daemons_ ? daemons_->describe() : std::vector<NodeState::Daemon>{};
    state_.steps.clear();
    for (const auto& step : steps_.results()) {
        const auto start =
            std::chrono::duration_cast<std::chrono::milliseconds>(step.start.time_since_epoch());
        state_.steps.push_back({step.name, start.count(), step.duration.count(), step.result});
    }
    writeState(context_.actions, context_.settings.runDir, state_);
    context_.publish(state_);
}

/// Nothing that is up, and nothing that is to go, waits for a disk that is full.
void DriverLife::saveOrWarn() {
    try {
        save();
    } catch (const host::Error& error) {
        context_.observer.warn(error.what());
    }
}

} // namespace loader
