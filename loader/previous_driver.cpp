#include "loader/previous_driver.h"

#include "host/base/error.h"
#include "host/kernel/mount.h"
#include "loader/daemons/daemon.h"
#include "loader/firmware_path.h"
#include "loader/loaded_driver.h"

#include <algorithm>
#include <fmt/format.h>

namespace loader {

namespace {

constexpr std::chrono::seconds kDaemonLimit{10};

std::string parametersOf(const NodeState& state, const std::string& module) {
    const auto found = std::ranges::find(state.modules, module, &NodeState::Module::name);
    return found == state.modules.end() ? "" : found->parameters;
}

} // namespace

PreviousDriver::PreviousDriver(std::filesystem::path runDirectory, std::optional<NodeState> last,
                               host::Kernel& kernel)
    : runDirectory_(std::move(runDirectory)), last_(std::move(last)), kernel_(kernel),
      root_(runDirectory_, kernel) {
    if (last_ && last_->bootId != bootId()) {
        last_.reset();
    }
}

std::optional<std::string> PreviousDriver::prepare(host::ModuleTree& tree,
                                                   const std::string& kernelRelease) {
    tree_ = &tree;
    const auto loaded = host::loadedModule("nvidia");
    if (!last_ || !loaded || loaded->version != last_->driver) {
        return "it is not known how it was loaded";
    }
    try {
        modules_.emplace(
            DriverModulesRequest{
                .package = precompile::Package(root_.inside(last_->package)),
                .sources = root_.inside(last_->sources),
                .parameters =
                    [this](const std::string& name) { return parametersOf(*last_, name); },
                .vermagic = tree.vermagic(),
                .kernel = kernelRelease,
                .peerMemory = std::ranges::any_of(
                    last_->modules,
                    [](const auto& module) { return module.name == "nvidia-peermem"; })},
            kernel_);
        modules_->restore();
    } catch (const host::Error& error) {
        modules_.reset();
        return error.what();
    }
    return std::nullopt;
}

std::vector<ProcessIdentity> PreviousDriver::daemons() const {
    return last_ ? runningDaemons(*last_) : std::vector<ProcessIdentity>{};
}

void PreviousDriver::requireUnused() const {
    std::set<pid_t> own;
    for (const auto& process : daemons()) {
        own.insert(process.pid);
    }
    loader::requireUnused(own);
}

void PreviousDriver::endDaemons() {
    for (const auto& process : daemons()) {
        endProcess(process, kDaemonLimit);
    }
}

void PreviousDriver::removeModules() {
    removeLoadedDriver(kernel_, [this] {
        if (modules_) {
            modules_->load(*tree_);
        }
    });
}

void PreviousDriver::removeRoot() {
    if (modules_ && root_.isMounted()) {
        oldRoot_ = host::cloneMounts(root_.path());
    }
    root_.unmount();
}

void PreviousDriver::putBack() {
    if (modules_) {
        modules_->load(*tree_);
    }
    if (oldRoot_) {
        host::attachMounts(oldRoot_, root_.path());
    }
    if (last_ && host::loadedModule("nvidia")) {
        if (last_->foreignFirmwarePath.empty()) {
            FirmwarePath().set(root_.firmware());
        }
        last_->phase = Phase::Kept;
        last_->daemons.clear();
        writeState(runDirectory_, *last_);
    }
    forget();
}

void PreviousDriver::forget() {
    modules_.reset();
    oldRoot_.reset();
}

} // namespace loader
