/// The CDI specification of a driver and its GPUs: which devices there are, by which names, and
/// what only those readers get that know it.
///
/// A device is listed only when its nodes are there: one node that is missing makes a whole
/// container fail. A GPU in MIG mode is a device as well, for who configures it. Device `all` is
/// every GPU that is not in MIG mode and every MIG device; `none` is the driver without any GPU,
/// for programs that ask what there is. generate() is pure.
#pragma once

#include "toolkit/cdi/cdi_settings.h"
#include "toolkit/cdi/readers.h"
#include "toolkit/cdi/specification.h"
#include "toolkit/edits/driver_edits.h"
#include "toolkit/edits/host_node.h"
#include "toolkit/inventory/inventory.h"

#include <filesystem>
#include <optional>
#include <vector>

namespace toolkit::cdi {

enum class NameBy {
    Index,     ///< "0", and "0:1" of a MIG device
    Uuid,      ///< "GPU-…", "MIG-…"; none where it is not known
    TypeIndex, ///< "gpu0", "mig0:1"
};

struct GenerateOptions {
    std::vector<NameBy> names = {NameBy::Index, NameBy::Uuid};
    std::vector<Reader> readers = {}; ///< who has to read it; empty: whoever comes
    EditOptions edits = {};           ///< without a hook program: no hooks
    /// For the groups of nodes that are not everybody's; without it nobody asks for any.
    NodeLookup lookup = {};
};

Specification generate(const Inventory& inventory, const GenerateOptions& options);

/// What the settings leave open is looked for: the readers of this host, and driverctl-hook.
/// `hostRoot` is where the host's root directory shows; nothing: it does not. Throws
/// Error(Fault::Usage) for words that mean nothing.
GenerateOptions optionsFor(const CdiSettings& settings, const std::filesystem::path& driverRoot,
                           const std::optional<std::filesystem::path>& hostRoot);

/// Where the host finds driverctl-hook: in the driver root, or else beside the program that runs,
/// where that is the host's own file and not a container's; empty when it finds none.
std::filesystem::path hookProgramIn(const std::filesystem::path& driverRoot,
                                    const std::optional<std::filesystem::path>& hostRoot,
                                    const std::filesystem::path& self = "/proc/self/exe");

/// What is said then.
inline constexpr const char* kNoHookProgram =
    "driverctl-hook is neither in the driver root nor beside this program on the host: the "
    "specification has no hooks, and containers no links and no linker's cache";

} // namespace toolkit::cdi
