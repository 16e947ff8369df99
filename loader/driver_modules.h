/// The driver's modules of one package, restored, checked, inserted and removed.
///
/// The constructor restores every module into memory and checks digest and vermagic, so that what
/// can fail without touching the node fails first. load() and unload() change the node through
/// host::Kernel; both may be called again. A removal that fails half-way puts the removed modules
/// back.
#pragma once

#include "host/error.h"
#include "host/fd.h"
#include "host/kernel.h"
#include "host/module.h"
#include "precompile/package.h"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace loader {

struct DriverModulesRequest {
    const precompile::Package& package;
    std::filesystem::path sources;    ///< the driver's source directory, where the cores are
    std::filesystem::path parameters; ///< directory with nvidia.conf and so on
    std::string vermagic;             ///< of the running kernel's own modules; empty: unknown
    std::string kernel;               ///< uname -r
    std::filesystem::path sys = "/sys";
};

class DriverModules {
  public:
    DriverModules(const DriverModulesRequest& request, host::Kernel& kernel);

    /// Inserts what is not loaded yet, in order. Throws host::Error with the kernel's own words;
    /// NotLoadable or NoGpu where that is the cause.
    void load(host::ModuleTree& tree);
    /// Removes what is loaded, in reverse. Throws Fault::InUse when the kernel refuses; then
    /// everything is loaded again.
    void unload();

    struct Module {
        std::string name;
        std::string parameters;
        host::Fd file; ///< the finished module, in memory
    };
    [[nodiscard]] const std::vector<Module>& modules() const noexcept { return modules_; }
    [[nodiscard]] std::vector<std::string>
    names() const; ///< as /proc/modules writes them, load order

  private:
    void insert(const Module& module);
    [[nodiscard]] bool isLoaded(const Module& module) const;

    host::Kernel& kernel_;
    std::filesystem::path sys_;
    std::vector<precompile::ModuleEntry> entries_;
    std::vector<Module> modules_;
};

/// What a failing finit_module means: fault, cause, remedy. `lines` are the kernel's own words.
host::Error explainInsertion(const std::string& module, int error,
                             const std::vector<std::string>& lines);

} // namespace loader
