#include "loader/node_facts.h"

#include "gpu/functions.h"
#include "host/base/directories.h"
#include "host/crypto/digest.h"
#include "host/kernel/module.h"
#include "loader/adoption.h"
#include "loader/checks/host_drivers.h"
#include "loader/checks/module_permission.h"
#include "loader/checks/preflight.h"
#include "loader/daemons/daemon_processes.h"
#include "loader/driver_root.h"
#include "loader/loaded_driver.h"
#include "loader/module_parameters.h"

#include <algorithm>
#include <iterator>
#include <set>

namespace loader {

namespace {

std::set<pid_t> daemonsOf(const std::optional<NodeState>& state, const host::Roots& roots) {
    std::set<pid_t> pids;
    for (const auto& process :
         state ? runningDaemons(*state, roots.proc) : std::vector<host::ProcessIdentity>{}) {
        pids.insert(process.pid);
    }
    return pids;
}

Findings checkPeerMemory(const LifeSettings& settings, const host::Roots& roots) {
    if (!settings.gpuDirectRdma || moduleWishes(settings, roots).peerMemory) {
        return {};
    }
    return {{Severity::Warning, "modules",
             "GPUDirect RDMA is wanted, but the node has no network device of vendor 15b3: "
             "nvidia-peermem is not loaded"}};
}

/// Of containers that compile modules of their own against the driver's sources, and wait for them.
Findings checkSourcesForOthers(const LifeSettings& settings, const host::Roots& roots) {
    const bool wanted = settings.gpuDirectStorage || settings.gdrCopy;
    if (!wanted || !host::entriesOf(roots.root / "usr/src").empty()) {
        return {};
    }
    return {{Severity::Warning, "image",
             "GPUDirect Storage or GDRCopy is wanted: its container waits for the driver's kernel "
             "sources, and this image has none in /usr/src",
             "Take an image that has them, or do without both."}};
}

} // namespace

Findings checkHost(const std::string& osId, host::NodeActions& actions, const host::Roots& roots) {
    Findings findings = checkHostDrivers(osId, roots);
    if (const auto forbidden = checkModulePermission(Need::Both, actions.moduleAccess(), roots)) {
        findings.insert(findings.begin(), *forbidden);
    }
    std::ranges::move(checkSecurity(roots), std::back_inserter(findings));
    return findings;
}

Node lookAtNode(const LifeSettings& settings, const precompile::PackageIdentity& wanted,
                host::NodeActions& actions, const host::Observer& observer,
                const host::Roots& roots) {
    Node node{.functions = gpu::requireNvidiaFunctions(roots.sys),
              .signing = lookAtSigning(wanted.target.kernel, roots),
              .last = lastState(settings.runDir, observer),
              .facts = {}};
    DriverRoot(settings.runDir, actions, roots).requirePropagation();
    node.facts.findings = checkHost(wanted.target.osId, actions, roots);
    std::ranges::move(checkGpus(node.functions, wanted.driver, wanted.flavour,
                                readSupportedGpus(wanted.driver, roots.root),
                                settings.unbindNouveau),
                      std::back_inserter(node.facts.findings));
    std::ranges::move(checkPeerMemory(settings, roots), std::back_inserter(node.facts.findings));
    std::ranges::move(checkSourcesForOthers(settings, roots),
                      std::back_inserter(node.facts.findings));
    std::ranges::move(checkParameterFiles(settings.parameterDir),
                      std::back_inserter(node.facts.findings));
    node.facts.loaded = !loadedDriver(roots.sys).empty();
    node.facts.recorded = node.last && node.last->bootId == host::bootId(roots.proc);
    node.facts.signaturesEnforced = node.signing.enforced;
    node.facts.users = usersOfDriver(daemonsOf(node.last, roots), roots);
    return node;
}

PackageFacts lookAtPackage(const LifeSettings& settings, const Node& node,
                           const precompile::Package& package, DriverModules& modules,
                           const host::Observer& observer, const host::Roots& roots) {
    const auto& identity = package.manifest().identity;
    PackageFacts facts{.offer = Offer::AtHand};
    facts.reloadReasons = reasonsToReload({identity.driver, host::digestOfFile(package.file()),
                                           settings.configDigest, modules.modules()},
                                          node.last, roots);
    if (!facts.reloadReasons.empty()) {
        observer.stage("Installing NVIDIA driver kernel modules");
        observer.stage("Re-linking NVIDIA driver kernel modules");
        modules.restore();
        facts.modules =
            checkModules(modules, host::moduleTreeOf(identity.target.kernel, roots.root),
                         node.signing, roots)
                .findings;
    }
    return facts;
}

} // namespace loader
