#include "toolkit/edits/driver_edits.h"

#include "host/base/error.h"
#include "host/base/text.h"
#include "toolkit/inventory/driver_names.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <set>

namespace fs = std::filesystem;

namespace toolkit {

namespace {

const std::vector<std::string> kFileOptions = {"ro", "nosuid", "nodev", "rbind", "rprivate"};
/// One connects to a socket by writing to it.
const std::vector<std::string> kSocketOptions = {"nosuid", "nodev", "noexec", "rbind", "rprivate"};
constexpr const char* kHookName = "driverctl-hook";
/// Any variable would do: without one the hook inherits the image's, LD_PRELOAD too.
constexpr const char* kHookEnvironment = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";

/// "/a/b" of "/a//c/.././b/"; empty of "/". By hand: std::filesystem takes five times as long, and
/// a container's start waits.
std::string normalOf(const fs::path& path) {
    std::string normal;
    for (const auto& part : host::split(path.native(), '/')) {
        if (part == "..") {
            normal.erase(std::min(normal.rfind('/'), normal.size()));
        } else if (!part.empty() && part != ".") {
            normal += '/' + part;
        }
    }
    return normal;
}

fs::path targetOf(const fs::path& path) {
    std::string normal = normalOf(path);
    if (!path.is_absolute() || normal.empty() || normal.find('\0') != std::string::npos) {
        throw host::Error(
            fmt::format("the inventory's path '{}' is no place for a file", path.string()),
            "Make the inventory again with {command:init}.");
    }
    return normal;
}

/// Where what the container sees as `target` lies on the host.
fs::path below(const fs::path& root, const fs::path& target) {
    return normalOf(root) + target.native();
}

DeviceNodeEdit nodeOf(const Inventory& inventory, const fs::path& node) {
    const fs::path target = targetOf(node);
    const fs::path host = below(inventory.devRoot, target);
    return {.path = target, .hostPath = host == target ? fs::path() : host};
}

template <typename Value>
void add(std::vector<Value>& values, const Value& value) {
    if (std::ranges::find(values, value) == values.end()) {
        values.push_back(value);
    }
}

/// The files of an inventory that some capabilities ask for, as mounts.
class DriverFiles {
  public:
    DriverFiles(const Inventory& inventory, const Capabilities& capabilities)
        : inventory_(inventory), capabilities_(expanded(capabilities)) {
        for (const Binary& binary : inventory.binaries) {
            if (wants(binary)) {
                mount(binary.path, binary.container, kFileOptions);
            }
        }
        for (const Library& library : inventory.libraries) {
            addLibrary(library);
        }
        for (const DriverFile& socket : inventory.sockets) {
            addFile(socket, kSocketOptions);
        }
        for (const ConfigFile& config : inventory.configFiles) {
            if (capabilities_.contains(capabilityOf(config))) {
                mount(config.path, config.container, kFileOptions);
            }
        }
        for (const fs::path& firmware : inventory.firmware) {
            mount(firmware, firmwareInContainer(firmware), kFileOptions);
        }
    }

    [[nodiscard]] const std::vector<MountEdit>& mounts() const { return mounts_; }
    [[nodiscard]] const std::set<fs::path>& libraryFolders() const { return folders_; }
    [[nodiscard]] const std::vector<std::string>& links() const { return links_; }
    /// The folder of the 64-bit libcuda.so, or nothing.
    [[nodiscard]] const fs::path& libcudaFolder() const { return libcudaFolder_; }

  private:
    /// An ICD of OpenCL is of use to who computes, anything else to who draws.
    static Capability capabilityOf(const ConfigFile& config) {
        const bool isOpenCl = config.container.parent_path().parent_path().filename() == "OpenCL";
        return isOpenCl ? Capability::Compute : Capability::Graphics;
    }

    [[nodiscard]] bool wants(const DriverFile& file) const {
        return !file.capability || capabilities_.contains(*file.capability);
    }

    void mount(const fs::path& host, const fs::path& container,
               const std::vector<std::string>& options) {
        const fs::path target = targetOf(container);
        if (targets_.insert(target).second) { // the first of two for one place is the one in /etc
            mounts_.push_back({.hostPath = below(inventory_.driverRoot, targetOf(host)),
                               .containerPath = target,
                               .options = options});
        }
    }

    void addFile(const DriverFile& file, const std::vector<std::string>& options) {
        if (wants(file)) {
            mount(file.path, file.path, options);
        }
    }

    void addLibrary(const Library& library) {
        if (!wants(library) || (library.is32Bit && !capabilities_.contains(Capability::Compat32))) {
            return;
        }
        addFile(library, kFileOptions);
        const fs::path target = targetOf(library.path);
        folders_.insert(target.parent_path());
        if (!library.is32Bit && target.filename().string().starts_with("libcuda.so.")) {
            libcudaFolder_ = target.parent_path();
        }
        for (const Link& link : library.links) {
            if (link.capability && !capabilities_.contains(*link.capability)) {
                continue;
            }
            add(links_, fmt::format("{}::{}", link.target.string(), targetOf(link.link).string()));
        }
    }

    const Inventory& inventory_;
    Capabilities capabilities_;
    std::vector<MountEdit> mounts_;
    std::set<fs::path> targets_;
    std::set<fs::path> folders_;
    std::vector<std::string> links_; ///< "target::link"
    fs::path libcudaFolder_;
};

void addOption(HookEdit& hook, const char* option, const std::string& value) {
    hook.args.insert(hook.args.end(), {option, value});
}

/// A hook that is called with `option` and one of `values` each time.
template <typename Values>
HookEdit hookOf(const EditOptions& options, const std::string& name, const char* option,
                const Values& values) {
    HookEdit hook{.stage = "createContainer",
                  .path = options.hookProgram,
                  .args = {kHookName, name},
                  .env = {kHookEnvironment}};
    for (const auto& value : values) {
        addOption(hook, option, value);
    }
    return hook;
}

/// In the order in which they have to run: the linker's cache is made after the last link.
std::vector<HookEdit> hooksOf(const Inventory& inventory, const EditOptions& options,
                              const DriverFiles& files) {
    std::vector<HookEdit> hooks;
    if (!files.links().empty()) {
        hooks.push_back(hookOf(options, "create-symlinks", "--link", files.links()));
    }
    if (!files.libcudaFolder().empty()) {
        hooks.push_back(hookOf(options, "enable-cuda-compat", "--host-driver-version",
                               std::vector{inventory.driverVersion}));
        if (!inventory.cudaVersion.empty()) { // then a library's own note decides
            addOption(hooks.back(), "--host-cuda-version", inventory.cudaVersion);
        }
    }
    if (!files.libraryFolders().empty()) {
        hooks.push_back(hookOf(options, "update-ldcache", "--folder", files.libraryFolders()));
    }
    hooks.push_back(
        hookOf(options, "disable-device-node-modification", "", std::vector<std::string>()));
    return hooks;
}

bool needsNode(const fs::path& node, const Capabilities& capabilities) {
    const std::string name = node.filename();
    return name == "nvidia-modeset" ? capabilities.contains(Capability::Display) ||
                                          capabilities.contains(Capability::Graphics)
           : name.starts_with("nvidia-uvm") ? capabilities.contains(Capability::Compute)
                                            : true;
}

/// The link of /dev/dri/by-path points to the card's node or to the one that renders.
std::optional<std::string> linkTargetOf(const fs::path& link, const gpu::Gpu& gpu) {
    const std::string prefix = link.native().ends_with("-render") ? "renderD" : "card";
    for (const fs::path& node : gpu.drmNodes) {
        if (node.filename().native().starts_with(prefix)) {
            return node.lexically_relative(link.parent_path()).string();
        }
    }
    return std::nullopt;
}

void addDrm(ContainerEdits& edits, const Inventory& inventory, const gpu::Gpu& gpu,
            const EditOptions& options) {
    for (const fs::path& node : gpu.drmNodes) {
        edits.deviceNodes.push_back(nodeOf(inventory, node));
    }
    std::vector<std::string> links;
    for (const fs::path& link : gpu.drmLinks) {
        if (const auto target = linkTargetOf(link, gpu)) {
            links.push_back(fmt::format("{}::{}", *target, targetOf(link).string()));
        }
    }
    if (!links.empty()) {
        edits.hooks.push_back(hookOf(options, "create-symlinks", "--link", links));
    }
}

/// The node of the GPU, where it is there: one that is missing makes the container fail.
ContainerEdits gpuNodeEdits(const Inventory& inventory, const gpu::Gpu& gpu) {
    ContainerEdits edits;
    const fs::path node = fmt::format("/dev/nvidia{}", gpu.minor.value_or(0));
    if (gpu.minor && std::ranges::find(inventory.gpuNodes, node) != inventory.gpuNodes.end()) {
        edits.deviceNodes.push_back(nodeOf(inventory, node));
    }
    return edits;
}

} // namespace

ContainerEdits driverEdits(const Inventory& inventory, const EditOptions& options) {
    const DriverFiles files(inventory, options.capabilities);
    ContainerEdits edits;
    edits.env = {"NVIDIA_VISIBLE_DEVICES=void"}; // nobody is to put the driver in a second time
    if (!files.libcudaFolder().empty()) {
        edits.env.push_back("NVIDIA_CTK_LIBCUDA_DIR=" + files.libcudaFolder().string());
    }
    for (const fs::path& node : inventory.controlNodes) {
        if (needsNode(node, expanded(options.capabilities))) {
            edits.deviceNodes.push_back(nodeOf(inventory, node));
        }
    }
    edits.mounts = files.mounts();
    edits.hooks = hooksOf(inventory, options, files);
    return edits;
}

ContainerEdits gpuEdits(const Inventory& inventory, const gpu::Gpu& gpu,
                        const EditOptions& options) {
    ContainerEdits edits = gpuNodeEdits(inventory, gpu);
    if (expanded(options.capabilities).contains(Capability::Graphics)) {
        addDrm(edits, inventory, gpu, options);
    }
    return edits;
}

ContainerEdits migEdits(const Inventory& inventory, const gpu::Gpu& gpu,
                        const gpu::MigDevice& mig) {
    ContainerEdits edits = gpuNodeEdits(inventory, gpu);
    for (const MigAccess& access : inventory.migAccess) {
        if (access.gpu == gpu.index && access.mig == mig.index) {
            append(edits, capabilityEdits(inventory, access.gpuInstance));
            append(edits, capabilityEdits(inventory, access.computeInstance));
        }
    }
    return edits;
}

ContainerEdits imexEdits(const Inventory& inventory, std::string_view channel) {
    std::vector<std::string> names;
    for (const fs::path& node : inventory.imexChannels) {
        names.push_back(node.filename());
        if (names.back() == fmt::format("channel{}", channel)) {
            ContainerEdits edits;
            edits.deviceNodes.push_back(nodeOf(inventory, node));
            return edits;
        }
    }
    throw host::Error(fmt::format("there is no IMEX channel '{}': {}", channel,
                                  names.empty()
                                      ? "there is none at all"
                                      : fmt::format("there are {}", fmt::join(names, ", "))),
                      "Ask for one that is there (NVIDIA_IMEX_CHANNELS), or create its node.");
}

ContainerEdits capabilityEdits(const Inventory& inventory,
                               const std::optional<CapabilityNode>& capability) {
    ContainerEdits edits;
    if (capability && !capability->node.empty()) {
        edits.deviceNodes.push_back(nodeOf(inventory, capability->node));
    }
    return edits;
}

void append(ContainerEdits& edits, const ContainerEdits& more) {
    const auto addAll = [](auto& values, const auto& others) {
        for (const auto& value : others) {
            add(values, value);
        }
    };
    addAll(edits.env, more.env);
    addAll(edits.deviceNodes, more.deviceNodes);
    addAll(edits.mounts, more.mounts);
    addAll(edits.hooks, more.hooks);
    addAll(edits.additionalGids, more.additionalGids);
}

} // namespace toolkit
