#include "driverctl/toolkit_installer.h"

#include "host/base/error.h"
#include "loader/checks/host_drivers.h"

#include <fmt/format.h>

namespace driverctl {

namespace fs = std::filesystem;

namespace {

void requireOnHost(const fs::path& directory, const fs::path& hostRoot) {
    auto existing = directory;
    while (!fs::exists(existing)) {
        existing = existing.parent_path();
    }
    std::error_code none;
    if (!fs::equivalent(existing, hostRoot / existing.relative_path(), none)) {
        throw host::Error(
            host::Fault::Usage,
            fmt::format("{} is not the host's directory of that name", directory.string()),
            fmt::format("Mount it into the container: -v {0}:{0}.", directory.string()));
    }
}

} // namespace

toolkit::InstallationPlan installationPlan(const Settings& settings, const fs::path& directory) {
    auto plan = toolkit::planFor(settings.get<toolkit::InstallSettings>(),
                                 settings.get<toolkit::runtimes::RuntimeSettings>(), directory);
    plan.programFolders = toolkit::programFolders();
    plan.hostRoot = loader::hostRoot();
    if (plan.hostRoot) {
        requireOnHost(plan.directory, *plan.hostRoot);
    }
    return plan;
}

void takeToolkitBack(const loader::NodeState& last, const host::Observer& observer,
                     const fs::path& keep) {
    if (!last.toolkit.empty() && last.toolkit != keep) {
        const auto root = loader::hostRoot();
        toolkit::Installation({.directory = last.toolkit, .hostRoot = root}, observer,
                              toolkit::runtimes::daemonsIn(root.value_or("/")))
            .takeBack();
    }
}

ToolkitInstaller::ToolkitInstaller(const toolkit::InstallationPlan& plan,
                                   const host::Observer& observer)
    : pidFile_(plan.pidFile),
      installation_(plan, observer, toolkit::runtimes::daemonsIn(plan.hostRoot.value_or("/"))) {}

void ToolkitInstaller::putUp() {
    lock_.emplace(pidFile_, "installs the container toolkit");
    installation_.putUp();
}

void ToolkitInstaller::takeBack() {
    if (lock_) {
        installation_.takeBack();
        lock_.reset();
    }
}

} // namespace driverctl
