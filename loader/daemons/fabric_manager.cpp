#include "loader/daemons/fabric_manager.h"

#include "host/base/directories.h"
#include "host/base/error.h"
#include "host/base/file.h"
#include "host/kernel/pci.h"

#include <algorithm>
#include <cctype>
#include <fmt/format.h>
#include <sstream>

namespace loader {

namespace {

constexpr std::string_view kConfig = "usr/share/nvidia/nvswitch/fabricmanager.cfg";
const std::filesystem::path kPidFile = "/var/run/nvidia-fabricmanager/nv-fabricmanager.pid";
constexpr const char* kRemedy =
    "Install the fabric manager of exactly the driver's version into the image, with its "
    "configuration.";
constexpr std::size_t kLargestVpd = 32 << 10; ///< PCI 3.0, appendix I
constexpr std::size_t kLargestConfig = 1 << 20;
constexpr std::uint16_t kMellanox = 0x15b3;

/// NVLink 5: the switches are managed through a network function whose VPD says SW_MNG. The kernel
/// shows VPD without the function's driver.
bool hasManagedSwitch(const std::filesystem::path& sys) {
    return std::ranges::any_of(host::pciFunctions(sys), [&sys](const auto& function) {
        try {
            const auto file = sys / "bus/pci/devices" / function.address / "vpd";
            return function.vendor == kMellanox &&
                   host::readFileIfExists(file, kLargestVpd).value_or("").find("SW_MNG") !=
                       std::string::npos;
        } catch (const host::Error&) {
            return false; // a function without readable VPD manages no switch
        }
    });
}

std::string nameOf(std::string_view line) {
    return std::string(line.substr(0, line.find('=')));
}

bool isField(const std::string& text) {
    const std::string name = nameOf(text);
    const auto isPrintable = [](unsigned char character) { return std::isprint(character) != 0; };
    const auto isOfName = [](unsigned char character) {
        return std::isalnum(character) != 0 || character == '_';
    };
    return !name.empty() && name.size() < text.size() && std::ranges::all_of(name, isOfName) &&
           std::ranges::all_of(text, isPrintable);
}

DaemonSpec overNvlink4(const std::filesystem::path& config) {
    return {.name = "nv-fabricmanager",
            .argv = {"nv-fabricmanager", "-c", config},
            .pidFile = kPidFile,
            .remedy = kRemedy};
}

/// NVIDIA's script starts nvlsm as well, which talks to the switches through these modules.
DaemonSpec overNvlink5(const std::filesystem::path& config) {
    return {.name = "nv-fabricmanager",
            .argv = {"nvidia-fabricmanager-start.sh", "--mode", "start", "--fm-config-file", config,
                     "--fm-pid-file", kPidFile, "--nvlsm-config-file",
                     "/usr/share/nvidia/nvlsm/nvlsm.conf", "--nvlsm-pid-file",
                     "/var/run/nvidia-fabricmanager/nvlsm.pid"},
            .pidFile = kPidFile,
            .remedy = kRemedy,
            .modules = {"mlx5_core", "ib_umad"}};
}

} // namespace

std::string withFields(std::string_view text, const std::vector<std::string>& fields) {
    std::istringstream lines{std::string(text)};
    std::string result;
    for (std::string line; std::getline(lines, line);) {
        if (std::ranges::find(fields, nameOf(line), nameOf) == fields.end()) {
            result += line + "\n";
        }
    }
    for (const std::string& field : fields) {
        if (!isField(field)) {
            throw host::Error(
                host::Fault::Usage,
                fmt::format("'{}' is no field of the fabric manager's configuration", field),
                "Give {fabric-config} as FIELD=VALUE, in one line.");
        }
        result += field + "\n";
    }
    return result;
}

std::optional<DaemonSpec> fabricManager(const std::vector<std::string>& fields,
                                        const host::Roots& roots) {
    const bool managed = hasManagedSwitch(roots.sys);
    if (!managed && host::entriesOf(roots.proc / "driver/nvidia-nvswitch/devices").empty()) {
        return std::nullopt;
    }
    const auto original = roots.root / kConfig;
    const auto config =
        fields.empty() ? original : roots.run / "nvidia-fabricmanager/fabricmanager.cfg";
    auto spec = managed ? overNvlink5(config) : overNvlink4(config);
    const auto text = host::readRegularFileIfExists(original, kLargestConfig);
    if (!text && !fields.empty()) {
        throw host::Error(
            fmt::format("{}, in which fields are to be set, is missing", original.string()),
            kRemedy);
    }
    const std::string effective = withFields(text.value_or(""), fields);
    if (!fields.empty()) {
        spec.configuration = {config, effective};
    }
    if (("\n" + effective).find("\nFABRIC_MODE=1\n") != std::string::npos) {
        spec.onceStarted = {"nvidia-smi", "-r"};
    }
    return spec;
}

} // namespace loader
