/// NVIDIA's functions on the PCI bus, and other kernel drivers that hold them.
#pragma once

#include "host/kernel/node_actions.h"
#include "host/kernel/pci.h"

#include <string_view>
#include <vector>

namespace gpu {

/// Display and 3D controllers (class 0300, 0302) and NVSwitches (0680) of vendor 10de.
std::vector<host::PciFunction> nvidiaFunctions(const std::filesystem::path& sys = "/sys");

/// As above; throws host::Error(Fault::NoGpu) when there is none, or when all of them are given to
/// a driver that is neither NVIDIA's nor nouveau (vfio-pci for a virtual machine, say).
std::vector<host::PciFunction> requireNvidiaFunctions(const std::filesystem::path& sys = "/sys");

/// False for an NVSwitch, and for what such another driver has: neither the driver nor its flavour
/// is chosen by them.
bool isGpu(const host::PciFunction& function);

bool isNvidiasOwn(std::string_view driver); ///< nvidia, nvidia-nvswitch
bool isNouveau(std::string_view driver);    ///< nouveau, nova_core and what stands above it

/// Unbinds the functions that nouveau (or nova) holds and removes its modules. Throws SystemError
/// when the kernel refuses, as it does while a console is shown by it.
void unbindNouveau(const std::vector<host::PciFunction>& functions, host::NodeActions& actions,
                   const std::filesystem::path& sys = "/sys");

} // namespace gpu
