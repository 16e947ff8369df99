/// What containers are told of a driver that is up: the inventory, for hooks and the runtime, below
/// the run directory, and the CDI specification of its GPUs, for container runtimes. And the
/// programs with which a runtime starts containers, where there is a plan for them.
///
/// Paths in both are the host's: it sees init's container below the driver root, device nodes
/// included, unless the directory in which they were made is the host's own /dev. What nobody asked
/// for (`cdi` is "auto") and cannot be written is a warning; what was asked for is host::Error.
/// Where SELinux is on, what the inventory names is labelled for containers first.
/// With `watch` both are written anew when GPUs, MIG devices or nodes change.
#pragma once

#include "driverctl/toolkit_installer.h"
#include "host/base/observer.h"
#include "host/base/roots.h"
#include "host/kernel/node_actions.h"
#include "loader/container_access.h"
#include "loader/life_settings.h"
#include "loader/state.h"
#include "toolkit/cdi/cdi_settings.h"
#include "toolkit/cdi/watch.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace driverctl {

class ContainerFiles : public loader::ContainerAccess {
  public:
    /// Throws host::Error(Fault::Usage) for a `cdi` that is no absolute path and no word.
    /// All that it refers to has to outlive it.
    ContainerFiles(const loader::LifeSettings& settings, const toolkit::cdi::CdiSettings& cdi,
                   host::NodeActions& actions, const host::Observer& observer,
                   host::Roots roots = {},
                   const std::optional<toolkit::InstallationPlan>& toolkit = {});

    [[nodiscard]] std::vector<std::filesystem::path> files() const override;
    std::vector<std::filesystem::path> publish() override;
    void installToolkit() override;
    void takeToolkitBack() override;
    [[nodiscard]] int fd() const override { return watch_ ? watch_->fd() : -1; }
    void serve() override;

  private:
    void write();

    const loader::LifeSettings& settings_;
    const toolkit::cdi::CdiSettings& cdi_;
    host::NodeActions& actions_;
    const host::Observer& observer_;
    host::Roots roots_;
    std::optional<std::filesystem::path> directory_; ///< of the specification; nothing: none
    std::optional<toolkit::cdi::Watch> watch_;
    std::optional<ToolkitInstaller> toolkit_;
};

/// Why containers could not use the driver by what they were told; empty: they can.
std::vector<std::string> reasonsNotUsable(const loader::NodeState& state,
                                          const std::filesystem::path& runDir,
                                          const host::Roots& roots = {});

} // namespace driverctl
