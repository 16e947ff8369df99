#include "gpu/device_nodes.h"

#include "host/base/file.h"
#include "host/base/text.h"
#include "host/kernel/character_devices.h"

#include <algorithm>
#include <fmt/format.h>
#include <optional>
#include <sstream>
#include <sys/sysmacros.h>

namespace gpu {

namespace {

constexpr unsigned kControlMinor = 255;
constexpr unsigned kModesetMinor = 254;
constexpr unsigned kToolsMinor = 1; ///< nvidia-uvm-tools
constexpr mode_t kUvmMode = 0666;   ///< nvidia-uvm does not follow the module parameters
constexpr unsigned kSwitchControlMinor = 255;

/// "Name: value" lines, as the driver writes them below /proc/driver/nvidia.
std::optional<unsigned> numberField(std::string_view text, std::string_view name) {
    std::istringstream lines{std::string(text)};
    for (std::string line; std::getline(lines, line);) {
        const auto colon = line.find(':');
        if (colon != std::string::npos && line.substr(0, colon) == name) {
            const auto start = line.find_first_not_of(" \t", colon + 1);
            return start == std::string::npos ? std::nullopt
                                              : host::toNumber<unsigned>(line.substr(start));
        }
    }
    return std::nullopt;
}

/// Mode and owner that the driver's parameters ask for.
host::DeviceNode patternOf(std::string_view parameters) {
    host::DeviceNode node;
    node.mode = static_cast<mode_t>(numberField(parameters, "DeviceFileMode").value_or(0666));
    node.owner = numberField(parameters, "DeviceFileUID").value_or(0);
    node.group = numberField(parameters, "DeviceFileGID").value_or(0);
    return node;
}

std::vector<unsigned> gpuMinors(const std::filesystem::path& proc) {
    std::vector<unsigned> minors;
    std::error_code none;
    for (const auto& gpu : std::filesystem::directory_iterator(proc / "driver/nvidia/gpus", none)) {
        const auto text = host::readFileIfExists(gpu.path() / "information");
        if (const auto minor = numberField(text.value_or(""), "Device Minor")) {
            minors.push_back(*minor);
        }
    }
    return minors;
}

/// Files of /proc/driver/nvidia/capabilities that stand for a node: "DeviceFileMinor: 1".
std::vector<std::pair<unsigned, mode_t>> capabilities(const std::filesystem::path& proc) {
    std::vector<std::pair<unsigned, mode_t>> found;
    std::error_code none;
    const auto directory = proc / "driver/nvidia/capabilities";
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory, none)) {
        if (!entry.is_regular_file()) {
            continue;
        }
        const auto text = host::readFileIfExists(entry.path()).value_or("");
        const auto minor = numberField(text, "DeviceFileMinor");
        if (minor && numberField(text, "DeviceFileModify").value_or(1) == 1) {
            found.emplace_back(*minor, numberField(text, "DeviceFileMode").value_or(0444));
        }
    }
    std::ranges::sort(found);
    return found;
}

/// /proc/driver/nvidia-nvswitch/devices holds a directory for each switch.
std::size_t switches(const std::filesystem::path& proc) {
    std::error_code none;
    const std::filesystem::directory_iterator devices(proc / "driver/nvidia-nvswitch/devices",
                                                      none);
    return static_cast<std::size_t>(std::distance(begin(devices), end(devices)));
}

class Planner {
  public:
    Planner(const std::filesystem::path& proc, std::filesystem::path dev)
        : dev_(std::move(dev)), majors_(host::parseCharacterDevices(
                                    host::readFileIfExists(proc / "devices").value_or(""))) {}

    void add(std::string_view device, const std::string& name, unsigned minor,
             host::DeviceNode pattern) {
        if (const auto major = majors_.find(device); major != majors_.end()) {
            pattern.path = dev_ / name;
            pattern.number = ::makedev(major->second, minor);
            nodes_.push_back(std::move(pattern));
        }
    }

    [[nodiscard]] bool has(std::string_view device) const { return majors_.contains(device); }
    [[nodiscard]] std::vector<host::DeviceNode> take() { return std::move(nodes_); }

  private:
    std::filesystem::path dev_;
    host::CharacterDevices majors_;
    std::vector<host::DeviceNode> nodes_;
};

} // namespace

std::vector<host::DeviceNode> planDeviceNodes(const std::filesystem::path& proc,
                                              const std::filesystem::path& dev) {
    const auto parameters = host::readFileIfExists(proc / "driver/nvidia/params");
    if (!parameters || numberField(*parameters, "ModifyDeviceFiles").value_or(1) != 1) {
        return {};
    }
    Planner planner(proc, dev);
    const host::DeviceNode pattern = patternOf(*parameters);
    // Major 195 is called nvidia-frontend up to driver 550.
    const char* frontend = planner.has("nvidia-frontend") ? "nvidia-frontend" : "nvidia";
    planner.add(frontend, "nvidiactl", kControlMinor, pattern);
    planner.add(frontend, "nvidia-modeset", kModesetMinor, pattern);
    for (const unsigned minor : gpuMinors(proc)) {
        planner.add(frontend, fmt::format("nvidia{}", minor), minor, pattern);
    }
    host::DeviceNode uvm;
    uvm.mode = kUvmMode;
    planner.add("nvidia-uvm", "nvidia-uvm", 0, uvm);
    planner.add("nvidia-uvm", "nvidia-uvm-tools", kToolsMinor, uvm);
    for (const auto& [minor, mode] : capabilities(proc)) {
        host::DeviceNode capability;
        capability.mode = mode;
        planner.add("nvidia-caps", fmt::format("nvidia-caps/nvidia-cap{}", minor), minor,
                    capability);
    }
    if (const std::size_t count = switches(proc); count > 0) {
        planner.add("nvidia-nvswitch", "nvidia-nvswitchctl", kSwitchControlMinor, pattern);
        for (unsigned minor = 0; minor < count; ++minor) {
            planner.add("nvidia-nvswitch", fmt::format("nvidia-nvswitch{}", minor), minor, pattern);
        }
    }
    return planner.take();
}

std::filesystem::path characterLink(const host::DeviceNode& node,
                                    const std::filesystem::path& dev) {
    return dev / "char" / fmt::format("{}:{}", ::major(node.number), ::minor(node.number));
}

} // namespace gpu
