#include "toolkit/inventory/listing.h"

#include "host/base/error.h"
#include "toolkit/inventory/selection.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <set>

namespace toolkit {

namespace {

namespace fs = std::filesystem;

constexpr const char* kControl = "/dev/nvidiactl";

class Lister {
  public:
    Lister(const Inventory& inventory, const ListRequest& request)
        : inventory_(inventory), request_(request) {
        if (request.capabilities) {
            capabilities_ = expanded(*request.capabilities);
        }
    }

    void addDevices() {
        if (request_.devices.empty()) {
            return;
        }
        const Selection selection = select(inventory_.gpus, request_.devices);
        addControlNodes();
        std::set<unsigned> gpus; ///< indices; a MIG device needs its GPU's node
        for (const gpu::Gpu* gpu : selection.gpus) {
            gpus.insert(gpu->index);
        }
        for (const SelectedMig& selected : selection.migs) {
            gpus.insert(selected.gpu->index);
        }
        for (const gpu::Gpu& gpu : inventory_.gpus) {
            if (gpus.contains(gpu.index) && gpu.minor) {
                addGpuNode(fmt::format("/dev/nvidia{}", *gpu.minor));
            }
        }
        if (!request_.migConfig && !request_.migMonitor) { // which reach all MIG devices
            addMigAccess(selection);
        }
    }

    void addImexChannels() {
        for (const std::string& channel : request_.imexChannels) {
            bool known = channel == "all";
            for (const fs::path& node : inventory_.imexChannels) {
                if (channel == "all" || node.filename() == "channel" + channel) {
                    addNode(node);
                    known = true;
                }
            }
            if (!known) {
                throw host::Error(
                    host::Fault::Usage,
                    fmt::format("there is no IMEX channel '{}'; there are: {}", channel,
                                inventory_.imexChannels.empty() ? "none" : imexChannelNames()),
                    "Create its node with {command:device create}.");
            }
        }
    }

    void addMigFiles(bool wanted, const std::optional<CapabilityNode>& node) {
        if (wanted && node) {
            addCapability(*node);
        }
    }

    void addFiles() {
        if (request_.binaries) {
            for (const Binary& binary : inventory_.binaries) {
                addFile(ListedKind::Binary, binary);
            }
        }
        if (request_.libraries) {
            addLibraries();
        }
        if (request_.ipcs) {
            for (const DriverFile& socket : inventory_.sockets) {
                addFile(ListedKind::Socket, socket);
            }
        }
        if (request_.firmware) {
            for (const fs::path& firmware : inventory_.firmware) {
                add(ListedKind::Firmware, firmware, inventory_.driverRoot);
            }
        }
    }

    [[nodiscard]] std::vector<Listed> take() { return std::move(listed_); }

  private:
    [[nodiscard]] bool wants(Capability capability) const {
        return !capabilities_ || capabilities_->contains(capability);
    }

    void add(ListedKind kind, const fs::path& path, const fs::path& root) {
        const Listed listed{kind, path, root / path.relative_path()};
        if (std::ranges::find(listed_, listed) == listed_.end()) {
            listed_.push_back(listed);
        }
    }

    void addNode(const fs::path& node) { add(ListedKind::Node, node, inventory_.devRoot); }

    void addCapability(const CapabilityNode& capability) {
        add(ListedKind::Capability, capability.access, "/");
        if (!capability.node.empty()) {
            addNode(capability.node);
        }
    }

    void addFile(ListedKind kind, const DriverFile& file) {
        if (file.capability && wants(*file.capability)) {
            add(kind, file.path, inventory_.driverRoot);
        }
    }

    /// nvidiactl is printed where it is missing too: it is made when the driver is loaded.
    void addControlNodes() {
        addNode(kControl);
        for (const fs::path& node : inventory_.controlNodes) {
            const std::string name = node.filename();
            const bool isUvm = name.starts_with("nvidia-uvm");
            const bool isModeset = name == "nvidia-modeset";
            if ((!isUvm || wants(Capability::Compute)) &&
                (!isModeset || wants(Capability::Display))) {
                addNode(node);
            }
        }
    }

    void addGpuNode(const fs::path& node) {
        if (std::ranges::find(inventory_.gpuNodes, node) != inventory_.gpuNodes.end()) {
            addNode(node);
        }
    }

    void addMigAccess(const Selection& selection) {
        for (const SelectedMig& selected : selection.migs) {
            for (const MigAccess& access : inventory_.migAccess) {
                if (access.gpu == selected.gpu->index && access.mig == selected.mig->index) {
                    addCapability(access.gpuInstance);
                    addCapability(access.computeInstance);
                }
            }
        }
    }

    /// A program finds one of each name: the first, as the linker does.
    void addLibraries() {
        const bool has32Bit =
            request_.compat32 || (capabilities_ && capabilities_->contains(Capability::Compat32));
        std::set<std::pair<bool, fs::path>> names;
        for (const Library& library : inventory_.libraries) {
            if ((!library.is32Bit || has32Bit) &&
                names.emplace(library.is32Bit, library.path.filename()).second) {
                addFile(ListedKind::Library, library);
            }
        }
    }

    [[nodiscard]] std::string imexChannelNames() const {
        std::vector<std::string> names;
        for (const fs::path& node : inventory_.imexChannels) {
            names.push_back(node.filename());
        }
        return fmt::format("{}", fmt::join(names, ", "));
    }

    const Inventory& inventory_;
    const ListRequest& request_;
    std::optional<Capabilities> capabilities_;
    std::vector<Listed> listed_;
};

} // namespace

ListRequest everything(std::optional<Capabilities> capabilities) {
    ListRequest request;
    request.devices = {"all"};
    request.binaries = true;
    request.libraries = true;
    request.compat32 = !capabilities;
    request.ipcs = true;
    request.firmware = true;
    request.capabilities = std::move(capabilities);
    return request;
}

std::string_view toString(ListedKind kind) {
    switch (kind) {
    case ListedKind::Node:
        return "node";
    case ListedKind::Capability:
        return "capability";
    case ListedKind::Binary:
        return "binary";
    case ListedKind::Library:
        return "library";
    case ListedKind::Socket:
        return "socket";
    case ListedKind::Firmware:
        return "firmware";
    }
    return "";
}

std::vector<Listed> list(const Inventory& inventory, const ListRequest& request) {
    Lister lister(inventory, request);
    lister.addDevices();
    lister.addImexChannels();
    lister.addMigFiles(request.migConfig, inventory.migConfig);
    lister.addMigFiles(request.migMonitor, inventory.migMonitor);
    lister.addFiles();
    return lister.take();
}

} // namespace toolkit
