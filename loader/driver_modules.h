/// The driver's modules of one package, restored, checked, inserted and removed.
///
/// The constructor decides which modules, with which parameters; restore() brings every one of them
/// into memory and checks digest and vermagic, so that what can fail without touching the node
/// fails first. load() and unload() change the node through host::NodeActions; both may be called
/// again. A removal that fails half-way puts the removed modules back. The memory is given back
/// after load().
#pragma once

#include "host/base/error.h"
#include "host/base/fd.h"
#include "host/base/roots.h"
#include "host/kernel/module.h"
#include "host/kernel/node_actions.h"
#include "loader/module_plan.h"
#include "precompile/package/package.h"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace loader {

struct DriverModulesRequest {
    precompile::Package package;
    std::filesystem::path sources; ///< the driver's source directory, where the cores are
    std::function<std::string(const std::string& module)> parameters;
    std::string vermagic; ///< of the running kernel's own modules; empty: unknown
    std::string kernel;   ///< uname -r
    ModuleWishes wishes = {};
    host::Roots roots = {};
};

class DriverModules {
  public:
    DriverModules(DriverModulesRequest request, host::NodeActions& actions);

    /// Throws host::Error(Fault::Verification) or (Fault::NotLoadable).
    void restore();
    /// Inserts what is not loaded yet, in order. Throws host::Error with the kernel's own words;
    /// NotLoadable or NoGpu where that is the cause.
    void load(host::ModuleTree& tree);
    /// Removes every module of NVIDIA's. Throws Fault::InUse when the kernel refuses; then
    /// everything is loaded again.
    void unload();

    struct Module {
        precompile::ModuleEntry entry;
        std::string parameters;
        host::Fd file; ///< the finished module, in memory, between restore() and load()
    };
    [[nodiscard]] const std::vector<Module>& modules() const noexcept { return modules_; }
    [[nodiscard]] const std::filesystem::path& sources() const noexcept { return request_.sources; }

  private:
    void insertMissing();
    void insert(const Module& module);
    [[nodiscard]] bool isLoaded(const Module& module) const;

    DriverModulesRequest request_;
    host::NodeActions& actions_;
    std::vector<Module> modules_;
};

struct SigningFacts; // loader/module_signing.h

/// What a failing finit_module means: fault, cause, remedy. `lines` are the kernel's own words,
/// `signing` is for the remedy.
host::Error explainInsertion(const std::string& module, int error,
                             const std::vector<std::string>& lines, const SigningFacts& signing);

} // namespace loader
