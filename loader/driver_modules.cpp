#include "loader/driver_modules.h"

#include "host/base/error.h"
#include "host/kernel/kernel_log.h"
#include "loader/checks/module_signing.h"
#include "loader/loaded_driver.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <future>
#include <utility>
#include <vector>

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
            "Build a package for the running kernel with {command:update}.");
    }
}

struct Explanation {
    int error;
    host::Fault fault;
    const char* cause;
    const char* remedy; ///< empty: what makes the kernel accept a signature
};

constexpr Explanation kExplanations[] = {
    {ENOEXEC, host::Fault::NotLoadable, "its format or vermagic does not fit this kernel",
     "Build a package for the running kernel with {command:update}."},
    {ENOKEY, host::Fault::NotLoadable, "the kernel knows no key that signed it", ""},
    // Where signatures are enforced, also for a key that the kernel does not know.
    {EKEYREJECTED, host::Fault::NotLoadable, "the kernel does not accept its signature", ""},
    {EPERM, host::Fault::NotLoadable,
     "the kernel does not allow it (lockdown, SELinux, or missing privileges)",
     "Run privileged; with secure boot, sign the modules or switch lockdown off."},
    {ENOENT, host::Fault::NotLoadable, "it needs a symbol that this kernel does not have",
     "Build a package for the running kernel with {command:update}."},
    {EINVAL, host::Fault::NotLoadable, "a symbol version or a parameter is not what it expects",
     "Check the parameter files, and build a package for the running kernel."},
    {ENODEV, host::Fault::NoGpu, "the driver supports no NVIDIA device of this machine",
     "Check the GPU model against the driver's list, and the flavour ({flavour})."},
    {EEXIST, host::Fault::Failed, "a module of this name is just being loaded or unloaded",
     "Look for another program that loads the driver, then try again."},
    {EBUSY, host::Fault::Failed, "the device is held by another driver, such as nouveau",
     "Unbind the other driver from the GPU."},
};

} // namespace

host::Error explainInsertion(const std::string& module, int error,
                             const std::vector<std::string>& lines, const SigningFacts& signing) {
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
            *known->remedy != '\0' ? known->remedy
                                   : "Build the package with a key that the kernel trusts; "
                                     "doctor says whose it knows. " +
                                         signingAdvice(signing)};
}

DriverModules::DriverModules(DriverModulesRequest request, host::NodeActions& actions)
    : request_(std::move(request)), actions_(actions) {
    for (auto& entry : modulesToLoad(request_.package.manifest(), request_.wishes)) {
        auto parameters = request_.parameters(entry.name);
        modules_.push_back({std::move(entry), std::move(parameters), {}});
    }
}

void DriverModules::restore() {
    for (const Module& module : modules_) {
        requireVermagic(module.entry, request_);
    }
    // All at the same time: unpacking and hashing are most of what init does before its first step.
    // A future that is left behind by an error waits for its thread.
    std::vector<std::pair<Module*, std::future<host::Fd>>> restored;
    for (Module& module : modules_) {
        if (!module.file) {
            restored.emplace_back(&module, std::async(std::launch::async, [this, &module] {
                return request_.package.restore(module.entry, request_.sources);
            }));
        }
    }
    for (auto& [module, file] : restored) {
        module->file = file.get();
    }
}

void DriverModules::load(host::ModuleTree& tree) {
    std::vector<precompile::ModuleEntry> entries;
    for (const Module& module : modules_) {
        entries.push_back(module.entry);
    }
    const Prerequisites prerequisites = prerequisitesOf(entries);
    for (const std::string& name : prerequisites.optional) {
        if (tree.has(name)) {
            actions_.insertFromTree(tree, name);
        }
    }
    for (const std::string& name : prerequisites.required) {
        actions_.insertFromTree(tree, name);
    }
    insertMissing();
}

void DriverModules::unload() {
    removeLoadedDriver(
        actions_, [this] { insertMissing(); }, request_.roots);
}

bool DriverModules::isLoaded(const Module& module) const {
    return host::loadedModule(host::kernelName(module.entry.name), request_.roots.sys).has_value();
}

void DriverModules::insertMissing() {
    restore();
    for (const Module& module : modules_) {
        insert(module);
    }
    for (Module& module : modules_) {
        module.file.reset();
    }
}

void DriverModules::insert(const Module& module) {
    if (isLoaded(module)) {
        return;
    }
    host::KernelLog log;
    try {
        actions_.insertModule(module.file.get(), module.parameters, module.entry.name);
    } catch (const host::SystemError& error) {
        if (error.code() != EEXIST || !isLoaded(module)) { // somebody was faster: as good
            throw explainInsertion(module.entry.name, error.code(), log.take(),
                                   lookAtSigning(request_.kernel, request_.roots));
        }
    }
}

} // namespace loader
