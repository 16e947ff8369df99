#include "driverctl/running_driver.h"

#include "host/digest.h"
#include "host/error.h"
#include "host/file.h"
#include "host/log.h"
#include "host/signals.h"
#include "loader/loaded_driver.h"
#include "toolkit/device_nodes.h"

#include <chrono>
#include <csignal>
#include <cstring>
#include <ctime>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

namespace driverctl {

namespace {

constexpr const char* kPersistenceName = "nvidia-persistenced";
constexpr const char* kPersistencePidFile = "/var/run/nvidia-persistenced/nvidia-persistenced.pid";

loader::DaemonSpec persistenceDaemon() {
    return {.name = kPersistenceName,
            .argv = {kPersistenceName, "--persistence-mode"},
            .pidFile = kPersistencePidFile};
}

loader::NodeState initialState(const precompile::Package& package) {
    const auto& identity = package.manifest().identity;
    loader::NodeState state;
    state.bootId = loader::bootId();
    state.pid = ::getpid();
    state.startTime = loader::startTimeOf(state.pid).value_or(0);
    state.package = package.file().string();
    state.packageSha256 = host::digestOfFile(package.file());
    state.driver = identity.driver;
    state.flavour = precompile::toString(identity.flavour);
    state.kernel = identity.kernel;
    return state;
}

} // namespace

RunningDriver::RunningDriver(const Options& options, const precompile::Package& package,
                             loader::DriverModules& modules, host::ModuleTree& tree,
                             host::Kernel& kernel)
    : options_(options), modules_(modules), tree_(tree), kernel_(kernel),
      steps_([](const std::string& step, const std::exception& error) {
          host::logWarning(fmt::format("cannot undo '{}': {}", step, error.what()));
      }),
      root_(options.runDir, kernel),
      persistence_(persistenceDaemon(),
                   [](const std::string& line) {
                       host::logInfo(fmt::format("{}: {}", kPersistenceName, line));
                   }),
      state_(initialState(package)) {}

void RunningDriver::start() {
    save("starting");
    steps_.run({.name = "record the state",
                .run = [] {},
                .undo = [this] { loader::removeState(options_.runDir); }});
    host::logInfo("Installing NVIDIA driver kernel modules...");
    steps_.run({.name = "set the firmware path",
                .run = [this] { setFirmwarePath(); },
                .undo = [this] { firmware_.restore(); }});
    host::logInfo("Re-linking NVIDIA driver kernel modules...");
    host::logInfo("Loading NVIDIA driver kernel modules...");
    steps_.run({.name = "load the kernel modules",
                .run = [this] { modules_.load(tree_); },
                .undo =
                    [this] {
                        host::logInfo("Unloading NVIDIA driver kernel modules...");
                        modules_.unload();
                    }});
    steps_.run({.name = "make the device nodes",
                .run = [this] { makeDeviceNodes(); },
                .undo = [this] { removeDeviceNodes(); }});
    // Before the first program opens a device: the kernel looks for the firmware below the driver
    // root then.
    host::logInfo("Mounting NVIDIA driver rootfs...");
    steps_.run({.name = "mount the driver root",
                .run = [this] { root_.mount(); },
                .undo =
                    [this] {
                        host::logInfo("Unmounting NVIDIA driver rootfs...");
                        root_.unmount();
                    }});
    steps_.run({.name = "start the persistence daemon",
                .run = [this] { startPersistenceDaemon(); },
                .undo =
                    [this] {
                        host::logInfo("Stopping NVIDIA persistence daemon...");
                        persistence_.stop();
                    }});
    state_.since = std::time(nullptr);
    save("ready");
}

void RunningDriver::setFirmwarePath() {
    const auto path = root_.path() / "lib/firmware";
    if (const auto foreign = firmware_.set(path)) {
        state_.foreignFirmwarePath = *foreign;
        host::logWarning(
            fmt::format("the kernel's firmware path is {} already and stays; firmware in {} "
                        "will not be found",
                        *foreign, path.string()));
    }
}

void RunningDriver::makeDeviceNodes() {
    for (const auto& node : toolkit::planDeviceNodes("/proc", options_.devRoot)) {
        if (!std::filesystem::exists(node.path)) {
            nodes_.push_back(node.path);
        }
        kernel_.makeDeviceNode(node);
    }
}

void RunningDriver::removeDeviceNodes() {
    for (const auto& node : nodes_) {
        std::filesystem::remove(node);
    }
    nodes_.clear();
}

void RunningDriver::startPersistenceDaemon() {
    if (options_.persistence == "off") {
        return;
    }
    host::logInfo("Starting NVIDIA persistence daemon...");
    try {
        persistence_.start();
        backoff_.started(loader::Backoff::Clock::now());
    } catch (const host::Error& error) {
        if (options_.persistence == "required") {
            throw;
        }
        host::logWarning(std::string(error.what()) + "; going on without it");
    }
}

/// After its end: once the time for a restart has come.
void RunningDriver::superviseDaemon() {
    const auto now = loader::Backoff::Clock::now();
    if (!restartAt_) {
        loader::reapChildren();
        persistence_.ended();
        restartAt_ = now + backoff_.next(now);
        host::logWarning(fmt::format(
            "{} has ended, it is started again in {} s", kPersistenceName,
            std::chrono::duration_cast<std::chrono::seconds>(*restartAt_ - now).count()));
    } else if (now >= *restartAt_) {
        restartAt_.reset();
        try {
            persistence_.start();
            backoff_.started(now);
        } catch (const host::Error& error) {
            restartAt_ = now + backoff_.next(now);
            host::logWarning(error.what());
        }
    }
    save("ready");
}

void RunningDriver::waitUntilStopped(host::SignalSet& signals) {
    constexpr int kTick =
        1000; // milliseconds; orphans are reaped and restarts are due by the clock
    for (;;) {
        pollfd polls[] = {{signals.fd(), POLLIN, 0}, {persistence_.pidfd(), POLLIN, 0}};
        ::poll(polls, 2, kTick);
        if ((polls[1].revents & POLLIN) != 0 || restartAt_) {
            superviseDaemon();
        }
        if (const auto signal = signals.next(std::chrono::milliseconds(0))) {
            host::logInfo(fmt::format("Caught signal {}", ::strsignal(*signal)));
            if (stop()) {
                return;
            }
        }
        if (persistence_.pidfd() < 0) {
            loader::reapChildren();
        }
    }
}

/// False when somebody uses the driver: nothing has changed then.
bool RunningDriver::stop() {
    std::set<pid_t> own;
    if (persistence_.pid() > 0) {
        own.insert(persistence_.pid());
    }
    const bool daemonRan = !own.empty();
    try {
        loader::requireUnused(own);
        if (daemonRan) {
            host::logInfo("Stopping NVIDIA persistence daemon...");
            persistence_.stop();
            loader::requireUnused({});
        }
    } catch (const host::Error& error) {
        host::logError(std::string(error.what()) + ". " + error.remedy());
        if (daemonRan && persistence_.pid() < 0) {
            startPersistenceDaemon();
        }
        return false;
    }
    save("stopping");
    steps_.unwind();
    return true;
}

void RunningDriver::save(const std::string& phase) {
    state_.phase = phase;
    state_.persistenceDaemon = std::max(0, persistence_.pid());
    state_.steps.clear();
    for (const auto& step : steps_.results()) {
        state_.steps.push_back({step.name, step.duration.count()});
    }
    loader::writeState(options_.runDir, state_);
}

void RunningDriver::stopLeftDaemon(const std::filesystem::path& runDirectory) {
    std::optional<loader::NodeState> left;
    try {
        left = loader::readState(runDirectory);
    } catch (const host::Error& error) {
        host::logWarning(error.what());
        return;
    }
    if (!left || left->bootId != loader::bootId() || left->persistenceDaemon <= 0) {
        return;
    }
    const auto command =
        host::readLineIfExists(fmt::format("/proc/{}/comm", left->persistenceDaemon));
    // comm holds 15 characters: nvidia-persiste.
    if (command && std::string_view(kPersistenceName).starts_with(*command) && !command->empty()) {
        ::kill(left->persistenceDaemon, SIGTERM);
        for (int i = 0; i < 50 && loader::startTimeOf(left->persistenceDaemon); ++i) {
            ::usleep(100'000);
        }
    }
}

} // namespace driverctl
