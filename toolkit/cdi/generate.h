/// The CDI specification of a driver and its GPUs: which devices there are, by which names, and
/// what only those readers get that know it.
///
/// A device is listed only when its node is there: one node that is missing makes a whole container
/// fail. Device `all` is every GPU that is not in MIG mode and every MIG device; `none` is the
/// driver without any GPU, for programs that ask what there is. generate() is pure.
#pragma once

#include "toolkit/cdi/cdi_settings.h"
#include "toolkit/cdi/readers.h"
#include "toolkit/cdi/specification.h"
#include "toolkit/edits/driver_edits.h"
#include "toolkit/inventory/inventory.h"

#include <filesystem>
#include <vector>

namespace toolkit::cdi {

inline constexpr const char* kGpuKind = "nvidia.com/gpu";

enum class NameBy {
    Index,     ///< "0", and "0:1" of a MIG device
    Uuid,      ///< "GPU-…", "MIG-…"; none where it is not known
    TypeIndex, ///< "gpu0", "mig0:1"
};

struct GenerateOptions {
    std::vector<NameBy> names = {NameBy::Index, NameBy::Uuid};
    std::vector<Reader> readers = {}; ///< who has to read it; empty: whoever comes
    EditOptions edits = {};           ///< without a hook program: no hooks
};

Specification generate(const Inventory& inventory, const GenerateOptions& options);

/// What the settings leave open is looked for: the readers of this host, and driverctl-hook. Throws
/// Error(Fault::Usage) for words that mean nothing.
GenerateOptions optionsFor(const CdiSettings& settings, const std::filesystem::path& driverRoot);

/// Where the host finds driverctl-hook: in the driver root, or else beside the program that runs;
/// empty when it is in neither.
std::filesystem::path hookProgramIn(const std::filesystem::path& driverRoot,
                                    const std::filesystem::path& self = "/proc/self/exe");

} // namespace toolkit::cdi
