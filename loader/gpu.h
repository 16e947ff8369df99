/// NVIDIA's functions on the PCI bus.
#pragma once

#include "host/pci.h"

#include <vector>

namespace loader {

/// Display and 3D controllers (class 0300, 0302) and NVSwitches (0680) of vendor 10de.
std::vector<host::PciFunction> nvidiaFunctions(const std::filesystem::path& sys = "/sys");

/// As above; throws host::Error(Fault::NoGpu) when there is none.
std::vector<host::PciFunction> requireNvidiaFunctions(const std::filesystem::path& sys = "/sys");

} // namespace loader
