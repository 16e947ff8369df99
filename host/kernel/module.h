/// Kernel modules as Linux shows them: what is loaded, what a module file says of itself, what it
/// needs from the host's tree.
///
/// Reads /sys/module and, through libkmod, the host's module tree. Changes nothing except
/// ModuleTree::load(), which is NodeActions' to call.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace host {

/// '-' as '_', as /proc/modules and .modinfo write names.
std::string kernelName(std::string module);

/// Module names use '_' here.
struct LoadedModule {
    std::string name;
    std::int64_t references = 0;      ///< /sys/module/<name>/refcnt
    std::vector<std::string> holders; ///< modules that use it
    std::string version;              ///< empty when the module has none
    std::string sourceVersion;        ///< srcversion
};

/// Nothing when it is not loaded, is built in, or is still coming or going (initstate is not
/// "live"). `sys` is /sys.
std::optional<LoadedModule> loadedModule(const std::string& name,
                                         const std::filesystem::path& sys = "/sys");

/// A module file of the host's tree.
struct TreeModule {
    std::string name;
    std::filesystem::path file; ///< may be compressed
};

/// The host's module tree for one kernel, through libkmod: dependencies, aliases, built-in list,
/// compressed files, blacklists ignored.
class ModuleTree {
  public:
    /// `directory` is /lib/modules/<kernel>, wherever it is mounted. Throws Error when it holds no
    /// modules.dep.
    explicit ModuleTree(const std::filesystem::path& directory);
    ModuleTree(ModuleTree&&) noexcept;
    ModuleTree& operator=(ModuleTree&&) = delete;
    ModuleTree(const ModuleTree&) = delete;
    ModuleTree& operator=(const ModuleTree&) = delete;
    ~ModuleTree();

    /// The vermagic of one of the tree's modules, which all share it; empty when it has none.
    [[nodiscard]] std::string vermagic() const;
    /// True when the tree has it as a file or built in.
    [[nodiscard]] bool has(const std::string& name) const;
    /// The modules that export a symbol, as depmod's modules.symbols has it.
    [[nodiscard]] std::vector<TreeModule> exportersOf(const std::string& symbol) const;
    /// Loads it with everything it depends on (no-op when loaded or built in). Returns the names
    /// that this call loaded, in order. Throws Error that names module and cause.
    std::vector<std::string> load(const std::string& name);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// The module tree of a kernel, in the first of the directories where hosts and containers have it,
/// then where a container sees the host's: through its init (with the host's PID namespace), below
/// /run/host, below /host. /lib/modules/<kernel> where none has it.
std::filesystem::path moduleTreeOf(const std::string& kernel,
                                   const std::filesystem::path& root = "/");

/// The same as two: absolute links in the tree, as Debian's `build` is one, lead on inside that
/// root.
struct ModuleTreePlace {
    std::filesystem::path root;   ///< of the host or of this container, as this process sees it
    std::filesystem::path inside; ///< "/lib/modules/<kernel>"
};
ModuleTreePlace placeOfModuleTree(const std::string& kernel,
                                  const std::filesystem::path& root = "/");

/// Where the kernel's build tree lies, as this process sees it. It may not exist.
std::filesystem::path kernelBuildOf(const std::string& kernel,
                                    const std::filesystem::path& root = "/");

/// The key=value strings of a module file's .modinfo section, in file order, duplicates kept. Read
/// with libelf.
std::vector<std::pair<std::string, std::string>> moduleInfo(const std::filesystem::path& file);

} // namespace host
