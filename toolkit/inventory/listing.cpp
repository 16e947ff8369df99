#include "toolkit/inventory/listing.h"

#include "toolkit/inventory/once.h"
#include "toolkit/inventory/parts.h"
#include "toolkit/inventory/selection.h"

#include <algorithm>
#include <iterator>
#include <set>

namespace toolkit {

namespace {

namespace fs = std::filesystem;

constexpr const char* kControl = "/dev/nvidiactl";

class Lister {
  public:
    Lister(const Inventory& inventory, const ListRequest& request)
        : inventory_(inventory), request_(request),
          share_(capabilitiesOf(request), Recipient::List) {}

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
            if (const auto node = gpuNode(inventory_, gpu); node && gpus.contains(gpu.index)) {
                addNode(*node);
            }
        }
        if (!request_.migConfig && !request_.migMonitor) { // which reach all MIG devices
            addMigAccess(selection);
        }
    }

    void addImexChannels() {
        for (const std::string& channel : request_.imexChannels) {
            if (channel == "all") {
                std::ranges::for_each(inventory_.imexChannels,
                                      [this](const fs::path& node) { addNode(node); });
            } else {
                addNode(imexChannel(inventory_, channel));
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
        if (request_.libraries && hasLibrariesOfTheModule()) {
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
    /// Without any named all count; 32-bit libraries have a word of their own.
    static Capabilities capabilitiesOf(const ListRequest& request) {
        Capabilities capabilities(std::begin(kCapabilities), std::end(kCapabilities));
        if (request.capabilities) {
            capabilities = *request.capabilities;
        } else {
            capabilities.erase(Capability::Compat32);
        }
        if (request.compat32) {
            capabilities.insert(Capability::Compat32);
        }
        return capabilities;
    }

    void add(ListedKind kind, const fs::path& path, const fs::path& root) {
        addOnce(listed_, {kind, path, root / path.relative_path()});
    }

    void addNode(const fs::path& node) { add(ListedKind::Node, node, inventory_.devRoot); }

    void addCapability(const CapabilityNode& capability) {
        add(ListedKind::Capability, capability.access, "/");
        if (!capability.node.empty()) {
            addNode(capability.node);
        }
    }

    template <typename File>
    void addFile(ListedKind kind, const File& file) {
        if (share_.hasFile(file)) {
            add(kind, file.path, inventory_.driverRoot);
        }
    }

    /// nvidiactl is printed where it is missing too: it is made when the driver is loaded.
    void addControlNodes() {
        addNode(kControl);
        for (const fs::path& node : inventory_.controlNodes) {
            if (share_.hasNode(node)) {
                addNode(node);
            }
        }
    }

    void addMigAccess(const Selection& selection) {
        for (const SelectedMig& selected : selection.migs) {
            if (const auto* access = migAccess(inventory_, *selected.gpu, *selected.mig)) {
                addCapability(access->gpuInstance);
                addCapability(access->computeInstance);
            }
        }
    }

    /// Those of another driver than the loaded one are of no use to anybody.
    [[nodiscard]] bool hasLibrariesOfTheModule() const {
        return inventory_.moduleVersion.empty() ||
               inventory_.moduleVersion == inventory_.driverVersion;
    }

    /// A program finds one of each name: the first, as the linker does.
    void addLibraries() {
        std::set<std::pair<bool, fs::path>> names;
        for (const Library& library : inventory_.libraries) {
            if (share_.hasFile(library) &&
                names.emplace(library.is32Bit, library.path.filename()).second) {
                addFile(ListedKind::Library, library);
            }
        }
    }

    const Inventory& inventory_;
    const ListRequest& request_;
    Share share_;
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
