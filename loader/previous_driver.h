/// The driver that is loaded when init wants another one: taken away, and put back when the new one
/// does not come up.
///
/// Owns the previous modules in memory, what containers were told of them, and a copy of the
/// previous driver root's mounts, attached nowhere, until putBack() or its end. What it can put
/// back is known before anything is removed: modules that the last init loaded on this boot, out of
/// the package that its driver root still shows. It removes a driver that it cannot put back all
/// the same, and says so.
#pragma once

#include "host/base/observer.h"
#include "host/base/roots.h"
#include "loader/driver_modules.h"
#include "loader/driver_root.h"
#include "loader/state.h"

#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace loader {

// What NVIDIA's own container says, and people look for: when the previous driver goes, and when
// ours does.
inline constexpr const char* kStopsDaemons = "Stopping NVIDIA persistence daemon";
inline constexpr const char* kUnloads = "Unloading NVIDIA driver kernel modules";
inline constexpr const char* kUnmounts = "Unmounting NVIDIA driver rootfs";

class PreviousDriver {
  public:
    /// `last` is what the last init wrote, if anything.
    PreviousDriver(std::filesystem::path runDirectory, std::optional<NodeState> last,
                   host::NodeActions& actions, host::Roots roots = {});

    /// Restores the previous modules into memory. Returns why they cannot be put back, or nothing.
    std::optional<std::string> prepare(host::ModuleTree& tree, const std::string& kernelRelease);
    /// Throws host::Error(Fault::InUse) when somebody but a dead instance's daemons uses the
    /// driver.
    void requireUnused() const;
    /// Device nodes and links that its init made.
    [[nodiscard]] std::vector<std::filesystem::path> madeNodes() const;
    void endDaemons();
    /// What containers were told.
    void removeContainerFiles();
    void removeModules();
    /// Its mounts are kept aside while there is a driver that may need them.
    void removeRoot();

    /// All that an ended init left: daemons, what containers were told, modules, driver root,
    /// device nodes, firmware path, record. Throws Fault::InUse before anything is changed. After
    /// another error the record is still there, so that the next call goes on.
    void unload(const host::Observer& observer);

    /// As it was before, the daemons excepted: modules, driver root, what containers were told,
    /// record.
    void putBack();
    /// The new driver is up: there is no way back any more.
    void forget();

  private:
    [[nodiscard]] std::vector<host::ProcessIdentity> daemons() const;

    std::filesystem::path runDirectory_;
    std::optional<NodeState> last_;
    host::ModuleTree* tree_ = nullptr; ///< with modules_
    host::NodeActions& actions_;
    host::Roots roots_;
    DriverRoot root_;
    host::Fd oldRoot_; ///< its mounts, while they are set aside
    std::map<std::filesystem::path, std::string> containerFiles_; ///< and their content
    std::optional<DriverModules> modules_;
};

} // namespace loader
