#include "toolkit/selinux/driver_paths.h"

#include "toolkit/inventory/once.h"

namespace toolkit::selinux {

namespace fs = std::filesystem;

namespace {

class Collection {
  public:
    explicit Collection(const Inventory& inventory) : inventory_(inventory) {}

    void addNode(const fs::path& node) { add(PathKind::Node, node, inventory_.devRoot); }
    void addFile(PathKind kind, const fs::path& file) { add(kind, file, inventory_.driverRoot); }

    void addCapability(const CapabilityNode& capability) {
        add(PathKind::Capability, capability.access, "/");
        if (!capability.node.empty()) {
            addNode(capability.node);
        }
    }

    [[nodiscard]] std::vector<DriverPath> take() { return std::move(paths_); }

  private:
    void add(PathKind kind, const fs::path& path, const fs::path& root) {
        addOnce(paths_, {.kind = kind, .path = root / path.relative_path()});
    }

    const Inventory& inventory_;
    std::vector<DriverPath> paths_;
};

void addNodes(Collection& collection, const Inventory& inventory) {
    for (const auto* nodes :
         {&inventory.controlNodes, &inventory.gpuNodes, &inventory.imexChannels}) {
        for (const fs::path& node : *nodes) {
            collection.addNode(node);
        }
    }
    for (const MigAccess& access : inventory.migAccess) {
        collection.addCapability(access.gpuInstance);
        collection.addCapability(access.computeInstance);
    }
    for (const auto& capability : {inventory.migConfig, inventory.migMonitor}) {
        if (capability) {
            collection.addCapability(*capability);
        }
    }
}

} // namespace

std::string_view toString(PathKind kind) {
    switch (kind) {
    case PathKind::Node:
        return "node";
    case PathKind::Capability:
        return "capability";
    case PathKind::Binary:
        return "binary";
    case PathKind::Library:
        return "library";
    case PathKind::Socket:
        return "socket";
    case PathKind::Data:
        break;
    }
    return "data";
}

std::vector<DriverPath> driverPaths(const Inventory& inventory) {
    Collection collection(inventory);
    addNodes(collection, inventory);
    for (const Binary& binary : inventory.binaries) {
        collection.addFile(PathKind::Binary, binary.path);
    }
    for (const Library& library : inventory.libraries) {
        collection.addFile(PathKind::Library, library.path);
    }
    for (const DriverFile& socket : inventory.sockets) {
        collection.addFile(PathKind::Socket, socket.path);
    }
    for (const fs::path& firmware : inventory.firmware) {
        collection.addFile(PathKind::Data, firmware);
    }
    for (const ConfigFile& file : inventory.configFiles) {
        collection.addFile(PathKind::Data, file.path);
    }
    return collection.take();
}

} // namespace toolkit::selinux
