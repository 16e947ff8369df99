/// A driver that is in the kernel, whoever put it there: looked at, compared with the wanted one,
/// and taken out when nobody uses it.
#pragma once

#include "gpu/holders.h"
#include "host/base/roots.h"
#include "host/kernel/module.h"
#include "host/kernel/node_actions.h"

#include <chrono>
#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <vector>

namespace host {
class SignalSet;
}

namespace loader {

/// NVIDIA's loaded modules in an order in which they can be removed: holders first. Beside the
/// driver's own these are nvidia_fs, gdrdrv and nvidia_vgpu_vfio, which others load on top of it.
std::vector<host::LoadedModule> loadedDriver(const std::filesystem::path& sys = "/sys");

/// Waits until no module of NVIDIA's is just coming or going: a killed init may have left one that
/// the kernel still initialises. One that does not settle within `limit` is a host::Error; a
/// pending signal of `stop` throws host::Interrupted.
void waitUntilSettled(host::SignalSet* stop = nullptr,
                      std::chrono::milliseconds limit = std::chrono::minutes(1),
                      const std::filesystem::path& sys = "/sys");

/// Who keeps the driver from being removed, the processes in `except` (our own daemons) not
/// counted. Pods have their names where the host can be seen (hostRoot()).
gpu::Holders usersOfDriver(const std::set<pid_t>& except, const host::Roots& roots = {});

/// Throws host::Error(Fault::InUse) that lists who uses the driver.
void requireUnused(const std::set<pid_t>& except, const host::Roots& roots = {});

/// Removes one of NVIDIA's modules. One that is not there is fine: another container that ends may
/// have been faster. Throws host::Error(Fault::InUse) when the kernel says that it is used.
void removeModule(host::NodeActions& actions, const std::string& name);

/// Removes all of NVIDIA's modules. Throws host::Error(Fault::InUse) before anything is removed
/// when one is used. When the kernel refuses one half-way, `putBack` is called before the error
/// goes on, which tells of what cannot be put back.
void removeLoadedDriver(
    host::NodeActions& actions, const std::function<void()>& putBack = [] {},
    const host::Roots& roots = {});

} // namespace loader
