#include "toolkit/inventory/driver_nodes.h"

#include "gpu/proc_files.h"
#include "host/base/directories.h"
#include "host/base/file.h"
#include "host/base/text.h"

#include <algorithm>
#include <fmt/format.h>
#include <sys/stat.h>

namespace toolkit {

namespace {

namespace fs = std::filesystem;

constexpr const char* kControlNodes[] = {"nvidiactl", "nvidia-uvm", "nvidia-uvm-tools",
                                         "nvidia-modeset"};
constexpr const char* kImexChannels = "nvidia-caps-imex-channels";
constexpr std::string_view kImexChannel = "channel";

class Nodes {
  public:
    Nodes(const host::Roots& roots, const NodeTest& isNode)
        : roots_(roots), isNode_(isNode),
          minors_(gpu::parseMigMinors(
              host::readFileIfExists(roots.proc / "driver/nvidia-caps/mig-minors").value_or(""))) {}

    /// `node` is "/dev/…", as a container sees it.
    [[nodiscard]] bool has(const fs::path& node) const {
        return isNode_(roots_.dev / node.lexically_relative("/dev"));
    }

    void addIfThere(std::vector<fs::path>& nodes, const std::string& name) const {
        if (fs::path node = fs::path("/dev") / name; has(node)) {
            nodes.push_back(std::move(node));
        }
    }

    /// `name` is mig-minors' own: "gpu0/gi1/access", "config". Below /proc there is a "mig" more.
    [[nodiscard]] CapabilityNode capability(const std::string& access,
                                            const std::string& name) const {
        CapabilityNode capability{.access = fs::path("/proc/driver/nvidia/capabilities") / access,
                                  .node = {}};
        if (const auto minor = minors_.find(name); minor != minors_.end()) {
            const fs::path node = fmt::format("/dev/nvidia-caps/nvidia-cap{}", minor->second);
            capability.node = has(node) ? node : fs::path();
        }
        return capability;
    }

    [[nodiscard]] std::optional<CapabilityNode> capabilityIfThere(const std::string& name) const {
        const std::string access = "mig/" + name;
        std::error_code missing;
        return fs::exists(roots_.proc / "driver/nvidia/capabilities" / access, missing)
                   ? std::optional(capability(access, name))
                   : std::nullopt;
    }

    [[nodiscard]] std::vector<fs::path> imexChannels() const {
        std::vector<unsigned> channels;
        for (const fs::path& entry : host::entriesOf(roots_.dev / kImexChannels)) {
            const std::string name = entry.filename();
            const auto channel =
                name.starts_with(kImexChannel)
                    ? host::toNumber<unsigned>(std::string_view(name).substr(kImexChannel.size()))
                    : std::nullopt;
            if (channel) {
                channels.push_back(*channel);
            }
        }
        std::ranges::sort(channels);
        std::vector<fs::path> nodes;
        for (const unsigned channel : channels) {
            addIfThere(nodes, fmt::format("{}/{}{}", kImexChannels, kImexChannel, channel));
        }
        return nodes;
    }

  private:
    const host::Roots& roots_;
    const NodeTest& isNode_;
    gpu::MigMinors minors_;
};

void addMigAccess(std::vector<MigAccess>& accesses, const gpu::Gpu& gpu, const Nodes& nodes) {
    for (const gpu::MigDevice& mig : gpu.migs) {
        const auto name = [&](const char* between, const std::string& instance) {
            return fmt::format("gpu{}{}/gi{}{}/access", *gpu.minor, between, mig.gpuInstance,
                               instance);
        };
        const std::string compute = fmt::format("/ci{}", mig.computeInstance);
        accesses.push_back(
            {.gpu = gpu.index,
             .mig = mig.index,
             .gpuInstance = nodes.capability(name("/mig", ""), name("", "")),
             .computeInstance = nodes.capability(name("/mig", compute), name("", compute))});
    }
}

} // namespace

bool isCharacterDevice(const fs::path& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 && S_ISCHR(status.st_mode);
}

void findNodes(Inventory& inventory, const host::Roots& roots, const NodeTest& isNode) {
    const Nodes nodes(roots, isNode);
    for (const char* name : kControlNodes) {
        nodes.addIfThere(inventory.controlNodes, name);
    }
    for (gpu::Gpu& gpu : inventory.gpus) {
        if (gpu.minor) {
            nodes.addIfThere(inventory.gpuNodes, fmt::format("nvidia{}", *gpu.minor));
            addMigAccess(inventory.migAccess, gpu, nodes);
        }
        std::erase_if(gpu.drmNodes, [&](const fs::path& node) { return !nodes.has(node); });
    }
    inventory.imexChannels = nodes.imexChannels();
    inventory.migConfig = nodes.capabilityIfThere("config");
    inventory.migMonitor = nodes.capabilityIfThere("monitor");
}

} // namespace toolkit
