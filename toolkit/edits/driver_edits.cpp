#include "toolkit/edits/driver_edits.h"

#include "host/base/error.h"
#include "host/base/text.h"
#include "toolkit/edits/hook_name.h"
#include "toolkit/inventory/driver_names.h"
#include "toolkit/inventory/once.h"
#include "toolkit/inventory/parts.h"

#include <algorithm>
#include <fmt/format.h>
#include <set>

namespace fs = std::filesystem;

namespace toolkit {

namespace {

const std::vector<std::string> kFileOptions = {"ro", "nosuid", "nodev", "rbind", "rprivate"};
/// One connects to a socket by writing to it.
const std::vector<std::string> kSocketOptions = {"nosuid", "nodev", "noexec", "rbind", "rprivate"};
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

/// The files of an inventory that some capabilities ask for, as mounts.
class DriverFiles {
  public:
    DriverFiles(const Inventory& inventory, const Capabilities& capabilities)
        : inventory_(inventory), share_(capabilities, Recipient::Container) {
        for (const Binary& binary : inventory.binaries) {
            if (share_.hasFile(binary)) {
                mount(binary.path, binary.container, kFileOptions);
            }
        }
        for (const Library& library : inventory.libraries) {
            addLibrary(library);
        }
        for (const DriverFile& socket : inventory.sockets) {
            if (share_.hasFile(socket)) {
                mount(socket.path, socket.path, kSocketOptions);
            }
        }
        for (const ConfigFile& config : inventory.configFiles) {
            if (share_.has(capabilityOf(config))) {
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

    void mount(const fs::path& host, const fs::path& container,
               const std::vector<std::string>& options) {
        const fs::path target = targetOf(container);
        if (targets_.insert(target).second) { // the first of two for one place is the one in /etc
            mounts_.push_back({.hostPath = below(inventory_.driverRoot, targetOf(host)),
                               .containerPath = target,
                               .options = options});
        }
    }

    void addLibrary(const Library& library) {
        if (!share_.hasFile(library)) {
            return;
        }
        mount(library.path, library.path, kFileOptions);
        const fs::path target = targetOf(library.path);
        folders_.insert(target.parent_path());
        if (libcudaFolder_.empty() && !library.is32Bit &&
            target.filename().string().starts_with("libcuda.so.")) {
            libcudaFolder_ = target.parent_path();
        }
        for (const Link& link : library.links) {
            if (!link.capability || share_.has(*link.capability)) {
                addOnce(links_,
                        fmt::format("{}::{}", link.target.string(), targetOf(link.link).string()));
            }
        }
    }

    const Inventory& inventory_;
    Share share_;
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

/// Nothing where it is not there: a node that is missing makes the container fail.
ContainerEdits gpuNodeEdits(const Inventory& inventory, const gpu::Gpu& gpu) {
    ContainerEdits edits;
    if (const auto node = gpuNode(inventory, gpu)) {
        edits.deviceNodes.push_back(nodeOf(inventory, *node));
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
    const Share share(options.capabilities, Recipient::Container);
    for (const fs::path& node : inventory.controlNodes) {
        if (share.hasNode(node)) {
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
    if (Share(options.capabilities, Recipient::Container).has(Capability::Graphics)) {
        addDrm(edits, inventory, gpu, options);
    }
    return edits;
}

ContainerEdits migEdits(const Inventory& inventory, const gpu::Gpu& gpu,
                        const gpu::MigDevice& mig) {
    ContainerEdits edits = gpuNodeEdits(inventory, gpu);
    if (const auto* access = migAccess(inventory, gpu, mig)) {
        append(edits, capabilityEdits(inventory, access->gpuInstance));
        append(edits, capabilityEdits(inventory, access->computeInstance));
    }
    return edits;
}

ContainerEdits imexEdits(const Inventory& inventory, std::string_view channel) {
    ContainerEdits edits;
    edits.deviceNodes.push_back(nodeOf(inventory, imexChannel(inventory, channel)));
    return edits;
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
            addOnce(values, value);
        }
    };
    addAll(edits.env, more.env);
    addAll(edits.deviceNodes, more.deviceNodes);
    addAll(edits.mounts, more.mounts);
    addAll(edits.hooks, more.hooks);
    addAll(edits.additionalGids, more.additionalGids);
}

} // namespace toolkit
