/// Which flavour of the kernel modules a GPU can work with, and which one a machine should get.
///
/// Self-hosted Hopper and Blackwell (GH200, GB200) need the open modules: nvidia-installer knows
/// them by PCI device number, and so does this. For the others NVIDIA's table (supported-gpus.json,
/// part of its driver packages) decides where the image has it. Without it the number does: GPUs
/// before Turing (below 1e00) have no GSP, which the open modules need; from Blackwell on (2900 and
/// above) there are only open ones. Source: NVIDIA's README, chapter "Open Linux Kernel Modules".
#pragma once

#include "host/kernel/pci.h"
#include "precompile/package/flavour.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace loader {

struct FlavourSupport {
    bool open = true;
    bool proprietary = true;
    [[nodiscard]] bool has(precompile::Flavour flavour) const {
        return flavour == precompile::Flavour::Open ? open : proprietary;
    }
};

/// NVIDIA's table, by PCI device number.
using SupportedGpus = std::map<std::uint16_t, FlavourSupport>;

/// The first file of NVIDIA's that the image has for the driver; empty when it has none. A damaged
/// file is host::Error.
SupportedGpus readSupportedGpus(const std::string& driver, const std::filesystem::path& root = "/");

FlavourSupport flavourSupport(std::uint16_t device, const SupportedGpus& table);

/// True for a GPU before Turing and a driver after 580, the last branch that knows it.
bool isRetired(std::uint16_t device, const std::string& driver);

/// Whether all GPUs that the driver is for can work with it.
bool workWith(const std::vector<host::PciFunction>& functions, const std::string& driver,
              precompile::Flavour flavour, const SupportedGpus& table);

struct FlavourChoice {
    precompile::Flavour flavour = precompile::Flavour::Proprietary;
    std::string reason;
};

/// What all of the GPUs can work with; where both flavours do, open from driver 560 on, as NVIDIA's
/// installer does. Where none does, the one that the first GPU needs: the others are reported by
/// preflight.
FlavourChoice chooseFlavour(const std::vector<host::PciFunction>& functions,
                            const std::string& driver, const SupportedGpus& table);

} // namespace loader
