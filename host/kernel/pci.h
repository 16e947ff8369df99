/// PCI functions as /sys/bus/pci/devices shows them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace host {

struct PciFunction {
    std::string address; ///< 0000:01:00.0
    std::uint16_t vendor = 0;
    std::uint16_t device = 0;
    std::uint32_t classCode = 0; ///< 24 bits: base class, subclass, programming interface
    std::string driver;          ///< name of the driver bound to it, or empty
};

/// Sorted by address. `sys` is /sys. A machine without PCI gives an empty list; an unreadable
/// attribute is an Error.
std::vector<PciFunction> pciFunctions(const std::filesystem::path& sys = "/sys");

} // namespace host
