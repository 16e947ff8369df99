/// What `nvidia-container-cli list` prints, out of an inventory: the nodes and files that a
/// container needs, in its order.
///
/// Pure. Files that no capability asks for are not listed. Throws UnknownDevice, and Error for an
/// IMEX channel that is not there.
#pragma once

#include "toolkit/inventory/inventory.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace toolkit {

struct ListRequest {
    std::vector<std::string> devices; ///< names of GPUs and MIG devices; empty: no nodes at all
    bool migConfig = false;           ///< the file that lets a container configure MIG
    bool migMonitor = false;
    std::vector<std::string> imexChannels; ///< "0", "all"
    bool binaries = false;
    bool libraries = false;
    /// 32-bit libraries, with `libraries`; also listed with the capability of that name.
    bool compat32 = false;
    bool ipcs = false; ///< sockets
    bool firmware = false;
    /// Only what containers with these get; nothing: all.
    std::optional<Capabilities> capabilities;
};

/// All devices and all kinds of files, but for MIG's configuration and IMEX channels, which a
/// container has to ask for.
ListRequest everything(std::optional<Capabilities> capabilities = {});

enum class ListedKind { Node, Capability, Binary, Library, Socket, Firmware };

struct Listed {
    ListedKind kind;
    std::filesystem::path path;     ///< as a container sees it
    std::filesystem::path hostPath; ///< with the driver root, or the device root
    bool operator==(const Listed&) const = default;
};

std::string_view toString(ListedKind kind); ///< "node"

std::vector<Listed> list(const Inventory& inventory, const ListRequest& request);

} // namespace toolkit
