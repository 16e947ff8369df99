#include "loader/previous_driver.h"

#include "host/base/error.h"
#include "host/base/file.h"
#include "loader/daemons/daemon.h"
#include "loader/daemons/daemon_processes.h"
#include "loader/firmware_path.h"
#include "loader/loaded_driver.h"
#include "loader/markers.h"

#include <algorithm>
#include <fmt/format.h>

namespace loader {

namespace {

constexpr std::chrono::seconds kDaemonLimit{10};
constexpr std::size_t kLargestContainerFile = 16 << 20;

std::string parametersOf(const NodeState& state, const std::string& module) {
    const auto found = std::ranges::find(state.modules, module, &NodeState::Module::name);
    return found == state.modules.end() ? "" : found->parameters;
}

} // namespace

PreviousDriver::PreviousDriver(std::filesystem::path runDirectory, std::optional<NodeState> last,
                               host::NodeActions& actions, host::Roots roots)
    : runDirectory_(std::move(runDirectory)), last_(std::move(last)), actions_(actions),
      roots_(std::move(roots)), root_(runDirectory_, actions, roots_) {
    if (last_ && last_->bootId != host::bootId(roots_.proc)) {
        last_.reset();
    }
    for (const auto& file : last_ ? last_->containerFiles : std::vector<std::filesystem::path>{}) {
        if (auto content = host::readRegularFileIfExists(file, kLargestContainerFile)) {
            containerFiles_.emplace(file, std::move(*content));
        }
    }
}

std::optional<std::string> PreviousDriver::prepare(host::ModuleTree& tree,
                                                   const std::string& kernelRelease) {
    tree_ = &tree;
    const auto loaded = host::loadedModule("nvidia", roots_.sys);
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
                .wishes = moduleWishes(*last_),
                .roots = roots_},
            actions_);
        modules_->restore();
    } catch (const host::Error& error) {
        modules_.reset();
        return error.what();
    }
    return std::nullopt;
}

std::vector<host::ProcessIdentity> PreviousDriver::daemons() const {
    return last_ ? runningDaemons(*last_, roots_.proc) : std::vector<host::ProcessIdentity>{};
}

void PreviousDriver::requireUnused() const {
    std::set<pid_t> own;
    for (const auto& process : daemons()) {
        own.insert(process.pid);
    }
    loader::requireUnused(own, roots_);
}

std::vector<std::filesystem::path> PreviousDriver::madeNodes() const {
    return last_ ? last_->madeNodes : std::vector<std::filesystem::path>{};
}

void PreviousDriver::endDaemons() {
    for (const auto& process : daemons()) {
        endProcess(process, kDaemonLimit);
    }
}

void PreviousDriver::removeContainerFiles() {
    for (const auto& [file, content] : containerFiles_) {
        actions_.remove(file);
    }
}

void PreviousDriver::removeModules() {
    removeLoadedDriver(
        actions_,
        [this] {
            if (modules_) {
                modules_->load(*tree_);
            }
        },
        roots_);
}

void PreviousDriver::removeRoot() {
    const bool isThere = modules_ || host::loadedModule("nvidia", roots_.sys);
    if (isThere && root_.isMounted()) {
        oldRoot_ = actions_.cloneMounts(root_.path());
    }
    root_.unmount();
}

void PreviousDriver::unload(const host::Observer& observer) {
    requireUnused();
    observer.stage(kStopsDaemons);
    endDaemons();
    removeContainerFiles();
    observer.stage(kUnloads);
    removeModules();
    const Markers markers(runDirectory_, actions_);
    markers.removeConfigDigest();
    observer.stage(kUnmounts);
    removeRoot();
    removeAll(actions_, madeNodes());
    FirmwarePath(actions_, roots_.sys).clear(root_.firmware());
    removeState(actions_, runDirectory_);
    markers.remove();
}

void PreviousDriver::putBack() {
    if (modules_) {
        modules_->load(*tree_);
    }
    if (oldRoot_ && !root_.isMounted()) {
        actions_.attachMounts(oldRoot_, root_.path());
    }
    if (last_ && host::loadedModule("nvidia", roots_.sys)) {
        if (last_->foreignFirmwarePath.empty() && !withoutFirmware(*last_)) {
            FirmwarePath(actions_, roots_.sys).set(root_.firmware());
        }
        for (const auto& [file, content] : containerFiles_) {
            if (host::readRegularFileIfExists(file, kLargestContainerFile) != content) {
                actions_.writeFile(file, content);
            }
        }
        Markers(runDirectory_, actions_).writeConfigDigest(last_->configDigest);
        last_->phase = Phase::Kept;
        last_->daemons.clear();
        writeState(actions_, runDirectory_, *last_);
    }
    forget();
}

void PreviousDriver::forget() {
    modules_.reset();
    oldRoot_.reset();
    containerFiles_.clear();
}

} // namespace loader
