#include "driverctl/node_facts.h"

#include "driverctl/node_package.h"
#include "gpu/functions.h"
#include "host/crypto/digest.h"
#include "loader/adoption.h"
#include "loader/checks/host_drivers.h"
#include "loader/checks/module_permission.h"
#include "loader/checks/preflight.h"
#include "loader/driver_root.h"
#include "loader/loaded_driver.h"

#include <algorithm>
#include <iterator>
#include <set>

namespace driverctl {

namespace {

std::set<pid_t> daemonsOf(const std::optional<loader::NodeState>& state) {
    std::set<pid_t> pids;
    for (const auto& process :
         state ? runningDaemons(*state) : std::vector<loader::ProcessIdentity>{}) {
        pids.insert(process.pid);
    }
    return pids;
}

} // namespace

loader::Findings checkHost(const precompile::PackageIdentity& wanted) {
    loader::Findings findings = loader::checkHostDrivers(wanted.target.osId);
    if (const auto forbidden = checkModulePermission(loader::Need::Both, host::askModuleAccess())) {
        findings.insert(findings.begin(), *forbidden);
    }
    std::ranges::move(loader::checkSecurity(), std::back_inserter(findings));
    return findings;
}

Node lookAtNode(const Options& options, const precompile::PackageIdentity& wanted) {
    Node node{.functions = gpu::requireNvidiaFunctions(),
              .signing = loader::lookAtSigning(wanted.target.kernel),
              .last = lastState(options.life.runDir),
              .facts = {}};
    loader::DriverRoot(options.life.runDir, host::systemNodeActions()).requirePropagation();
    node.facts.findings = checkHost(wanted);
    std::ranges::move(checkGpus(node.functions, wanted.flavour,
                                loader::readSupportedGpus(wanted.driver),
                                options.life.unbindNouveau),
                      std::back_inserter(node.facts.findings));
    node.facts.loaded = !loader::loadedDriver().empty();
    node.facts.recorded = node.last && node.last->bootId == loader::bootId();
    node.facts.signaturesEnforced = node.signing.enforced;
    node.facts.users = loader::usersOfDriver(daemonsOf(node.last));
    return node;
}

loader::PackageFacts lookAtPackage(const Options& options, const Node& node,
                                   const precompile::Package& package,
                                   loader::DriverModules& modules) {
    const auto& identity = package.manifest().identity;
    loader::PackageFacts facts{.offer = loader::Offer::AtHand};
    facts.reloadReasons = reasonsToReload({identity.driver, host::digestOfFile(package.file()),
                                           options.life.configDigest, modules.modules()},
                                          node.last);
    if (!facts.reloadReasons.empty()) {
        modules.restore();
        facts.modules =
            checkModules(modules, moduleTreeOf(identity.target.kernel), node.signing).findings;
    }
    return facts;
}

} // namespace driverctl
