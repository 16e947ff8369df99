#include "driverctl/selinux_labels.h"

#include "loader/checks/host_drivers.h"
#include "toolkit/inventory/collect.h"

#include <algorithm>

namespace driverctl {

namespace selinux = toolkit::selinux;

host::SelinuxPolicy selinuxPolicy(const host::Roots& roots) {
    host::SelinuxPolicy here(roots);
    const auto host = loader::hostRoot(roots);
    if (here.mode() != host::SelinuxMode::Unseen || !host) {
        return here;
    }
    host::Roots seen = roots;
    seen.sys = *host / "sys";
    seen.etc = *host / "etc";
    return host::SelinuxPolicy(seen);
}

void labelForContainers(const toolkit::Inventory& inventory, host::NodeActions& actions,
                        const host::Observer& observer, const host::Roots& roots) {
    try {
        const auto changes = label(selinux::lookAtLabels(inventory, selinuxPolicy(roots)), actions);
        const auto refused = std::ranges::find_if(
            changes, [](const selinux::LabelChange& change) { return change.refusal.has_value(); });
        if (refused != changes.end()) {
            observer.forgive(*refused->refusal);
        }
    } catch (const host::Error& error) {
        observer.forgive(error);
    }
}

loader::Findings checkSelinux(const host::Roots& roots) {
    const auto policy = selinuxPolicy(roots);
    if (policy.mode() != host::SelinuxMode::Enforcing) {
        return {};
    }
    const auto found = obstacle(selinux::lookAtLabels(toolkit::collect({}, roots), policy));
    if (!found) {
        return {};
    }
    return {{loader::Severity::Warning, "selinux", found->what(), found->remedy()}};
}

} // namespace driverctl
