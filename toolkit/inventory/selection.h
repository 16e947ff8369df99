/// Which GPUs and MIG devices are meant by the names that people and containers use: an index
/// ("0"), a UUID in any case ("GPU-…", "MIG-…"; whole), a MIG device's place ("2:0"), a PCI address
/// in any case with a domain of any width ("0000:3b:00.0"), "all", "none".
///
/// "all" are the GPUs that are not in MIG mode and all MIG devices. A GPU in MIG mode that is named
/// is selected as itself. Pure functions; what is selected lives as long as the GPUs given.
#pragma once

#include "gpu/gpus.h"
#include "host/base/error.h"

#include <string>
#include <vector>

namespace toolkit {

struct SelectedMig {
    const gpu::Gpu* gpu;
    const gpu::MigDevice* mig;
    bool operator==(const SelectedMig&) const = default;
};

/// In the order asked for, each once.
struct Selection {
    std::vector<const gpu::Gpu*> gpus;
    std::vector<SelectedMig> migs;
};

/// Nothing is called so. The message lists what there is.
class UnknownDevice : public host::Error {
  public:
    UnknownDevice(const std::vector<gpu::Gpu>& gpus, std::string device);
    [[nodiscard]] const std::string& device() const noexcept { return device_; }

  private:
    std::string device_;
};

/// Throws UnknownDevice.
Selection select(const std::vector<gpu::Gpu>& gpus, const std::vector<std::string>& names);

} // namespace toolkit
