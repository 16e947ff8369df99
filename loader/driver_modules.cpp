#include "loader/driver_modules.h"

#include "host/error.h"
#include "host/kernel_log.h"
#include "loader/module_parameters.h"
#include "loader/module_plan.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace loader {

namespace {

void requireVermagic(const precompile::ModuleEntry& module, const DriverModulesRequest& request) {
    const bool sameKernel = module.vermagic.starts_with(request.kernel + " ");
    if (!sameKernel || (!request.vermagic.empty() && module.vermagic != request.vermagic)) {
        throw host::Error(
            host::Fault::NotLoadable,
            fmt::format("module {} was built for another kernel: its vermagic is '{}', the running "
                        "kernel's is '{}'",
                        module.name, module.vermagic,
                        request.vermagic.empty() ? request.kernel : request.vermagic),
            "Build a package for the running kernel with 'driverctl update'.");
    }
}

struct Explanation {
    int error;
    host::Fault fault;
    const char* cause;
    const char* remedy;
};

constexpr Explanation kExplanations[] = {
    {ENOEXEC, host::Fault::NotLoadable, "its format or vermagic does not fit this kernel",
     "Build a package for the running kernel with 'driverctl update'."},
    {ENOKEY, host::Fault::NotLoadable, "the kernel knows no key that signed it",
     "Sign the modules with a key that the kernel trusts, or switch off the enforcement."},
    {EKEYREJECTED, host::Fault::NotLoadable, "the kernel rejects its signature",
     "Sign the modules with a key that the kernel trusts, or switch off the enforcement."},
    {EPERM, host::Fault::NotLoadable,
     "the kernel does not allow it (lockdown, SELinux, or missing privileges)",
     "Run privileged; with secure boot, sign the modules or switch lockdown off."},
    {ENOENT, host::Fault::NotLoadable, "it needs a symbol that this kernel does not have",
     "Build a package for the running kernel with 'driverctl update'."},
    {EINVAL, host::Fault::NotLoadable, "a symbol version or a parameter is not what it expects",
     "Check the parameter files, and build a package for the running kernel."},
    {ENODEV, host::Fault::NoGpu, "the driver supports no NVIDIA device of this machine",
     "Check the GPU model against the driver's list, and the flavour (--flavour)."},
    {EBUSY, host::Fault::Failed, "the device is held by another driver, such as nouveau",
     "Unbind the other driver from the GPU."},
};

} // namespace

host::Error explainInsertion(const std::string& module, int error,
                             const std::vector<std::string>& lines) {
    std::string said;
    for (const std::string& line : lines) {
        if (line.find("nvidia") != std::string::npos || line.find("NVRM") != std::string::npos ||
            line.find("module") != std::string::npos) {
            said += (said.empty() ? "" : " / ") + line;
        }
    }
    const std::string suffix = said.empty() ? "" : fmt::format("; the kernel says: {}", said);
    const auto* known = std::ranges::find(kExplanations, error, &Explanation::error);
    if (known == std::end(kExplanations)) {
        const host::SystemError plain("insert module", module, error);
        return host::Error(plain.what() + suffix);
    }
    return {known->fault,
            fmt::format("cannot insert module {}: {}{}", module, known->cause, suffix),
            known->remedy};
}

DriverModules::DriverModules(const DriverModulesRequest& request, host::Kernel& kernel)
    : kernel_(kernel), sys_(request.sys), entries_(modulesToLoad(request.package.manifest())) {
    for (const auto& entry : entries_) {
        requireVermagic(entry, request);
        modules_.push_back({entry.name, moduleParameters(request.parameters, entry.name),
                            request.package.restore(entry, request.sources)});
    }
}

void DriverModules::load(host::ModuleTree& tree) {
    const Prerequisites prerequisites = prerequisitesOf(entries_);
    for (const std::string& name : prerequisites.optional) {
        if (tree.has(name)) {
            tree.load(name);
        }
    }
    for (const std::string& name : prerequisites.required) {
        tree.load(name);
    }
    for (const Module& module : modules_) {
        insert(module);
    }
}

void DriverModules::unload() {
    std::vector<const Module*> removed;
    for (auto entry = modules_.rbegin(); entry != modules_.rend(); ++entry) {
        const Module& module = *entry;
        if (!isLoaded(module)) {
            continue;
        }
        try {
            kernel_.removeModule(kernelName(module.name));
            removed.push_back(&module);
        } catch (const host::SystemError& error) {
            const bool busy = error.code() == EWOULDBLOCK || error.code() == EBUSY;
            for (auto gone = removed.rbegin(); gone != removed.rend(); ++gone) {
                insert(**gone);
            }
            throw host::Error(busy ? host::Fault::InUse : host::Fault::Failed, error.what(),
                              "Stop the programs that use the GPU.");
        }
    }
}

bool DriverModules::isLoaded(const Module& module) const {
    return host::loadedModule(kernelName(module.name), sys_).has_value();
}

void DriverModules::insert(const Module& module) {
    if (isLoaded(module)) {
        return;
    }
    host::KernelLog log;
    try {
        kernel_.insertModule(module.file.get(), module.parameters, module.name);
    } catch (const host::SystemError& error) {
        if (error.code() != EEXIST) {
            throw explainInsertion(module.name, error.code(), log.take());
        }
    }
}

std::vector<std::string> DriverModules::names() const {
    std::vector<std::string> names;
    for (const Module& module : modules_) {
        names.push_back(kernelName(module.name));
    }
    return names;
}

} // namespace loader
