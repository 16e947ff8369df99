#include "loader/checks/module_permission.h"

#include "host/base/error.h"
#include "host/base/file.h"
#include "host/base/text.h"

#include <cstring>
#include <fmt/format.h>
#include <linux/capability.h>
#include <sstream>

namespace loader {

namespace {

constexpr std::string_view kWholeRange = "4294967295"; ///< of user ids: the initial namespace

/// The rest of the line "NAME:\tvalue" of /proc/self/status.
std::string statusField(const host::Roots& roots, const std::string& name) {
    std::istringstream lines(host::readFileIfExists(roots.proc / "self/status").value_or(""));
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with(name + ":")) {
            const auto value = line.find_first_not_of(" \t", name.size() + 1);
            return value == std::string::npos ? "" : line.substr(value);
        }
    }
    return "";
}

/// Unknown counts as there.
bool hasCapability(const host::Roots& roots) {
    const auto capabilities = host::toNumber<std::uint64_t>(statusField(roots, "CapEff"), 16);
    return !capabilities || (*capabilities >> CAP_SYS_MODULE & 1U) != 0;
}

/// Capabilities in another user namespace than the first do not count for modules.
bool isInUserNamespace(const host::Roots& roots) {
    std::istringstream map(host::readFileIfExists(roots.proc / "self/uid_map").value_or(""));
    std::string inside;
    std::string outside;
    std::string count;
    return map >> inside >> outside >> count &&
           (inside != "0" || outside != "0" || count != kWholeRange);
}

Finding problem(const std::string& text, const std::string& remedy) {
    return {Severity::Problem, "kernel", text, remedy};
}

Finding filtered(int error) {
    return problem(fmt::format("a seccomp filter forbids this container to load or remove kernel "
                               "modules (it answers: {})",
                               std::strerror(error)),
                   "Run the container privileged, or with --security-opt seccomp=unconfined.");
}

} // namespace

std::optional<Finding> checkModulePermission(Need need, const host::ModuleAccess& access,
                                             const host::Roots& roots) {
    if (host::readLineIfExists(roots.proc / "sys/kernel/modules_disabled") == "1") {
        return problem("the kernel loads and removes no modules any more: kernel.modules_disabled "
                       "is 1",
                       "Only a reboot takes it back; look in the host's /etc/sysctl.d for what "
                       "sets it, and let it do so after the driver is loaded.");
    }
    if (!hasCapability(roots)) {
        return problem("this process may not load or remove kernel modules: it lacks "
                       "CAP_SYS_MODULE",
                       "Run it as root; the container privileged, or with --cap-add SYS_MODULE.");
    }
    const int error = need == Need::Both && access.insert != 0 ? access.insert : access.remove;
    if (error == 0) {
        return std::nullopt;
    }
    if (error == EPERM && isInUserNamespace(roots)) {
        return problem("this process may not load or remove kernel modules: it is in a user "
                       "namespace, where CAP_SYS_MODULE does not count",
                       "Run the container in the host's user namespace: neither rootless nor "
                       "with --userns (Kubernetes: hostUsers: true).");
    }
    if (statusField(roots, "Seccomp") == "2") {
        return filtered(error);
    }
    if (error != ENOSYS) {
        return problem(fmt::format("the kernel lets this process load or remove no modules: {}",
                                   std::strerror(error)),
                       "Look for a security module that forbids it.");
    }
    return access.insert == ENOSYS
               ? problem("the kernel knows no loadable modules (CONFIG_MODULES)",
                         "Use a kernel with CONFIG_MODULES.")
               : problem("the kernel cannot remove modules (CONFIG_MODULE_UNLOAD is not set): the "
                         "driver could not be taken back",
                         "Use a kernel with CONFIG_MODULE_UNLOAD.");
}

void requireModulePermission(Need need, const host::ModuleAccess& access,
                             const host::Roots& roots) {
    if (const auto found = checkModulePermission(need, access, roots)) {
        throw host::Error(host::Fault::NotLoadable, found->text, found->remedy);
    }
}

} // namespace loader
