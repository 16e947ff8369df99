#include "gpu/device_nodes.h"

#include "gpu/proc_files.h"
#include "host/base/directories.h"
#include "host/base/error.h"
#include "host/base/file.h"
#include "host/base/text.h"
#include "host/kernel/character_devices.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <optional>
#include <sys/sysmacros.h>
#include <system_error>

namespace gpu {

namespace {

constexpr unsigned kControlMinor = 255; ///< of GPUs and of NVSwitches
constexpr unsigned kModesetMinor = 254;
constexpr unsigned kToolsMinor = 1;
constexpr mode_t kPermissions = 0777;
constexpr unsigned kMostChannels = 1U << 16U; ///< bounds what a typing error makes

/// Of a file below /proc/driver; without one there are no fields.
ProcFields fieldsOf(const std::filesystem::path& file) {
    return parseProcFields(host::readFileIfExists(file).value_or(""));
}

/// Mode and owner that a file of the driver asks for; nothing when it forbids to manage nodes.
std::optional<host::DeviceNode> patternOf(const ProcFields& fields) {
    for (const char* permission : {"ModifyDeviceFiles", "DeviceFileModify"}) {
        if (numberOf(fields, permission).value_or(1) != 1) {
            return std::nullopt;
        }
    }
    host::DeviceNode node;
    node.mode = numberOf(fields, "DeviceFileMode").value_or(node.mode) & kPermissions;
    node.owner = numberOf(fields, "DeviceFileUID").value_or(0);
    node.group = numberOf(fields, "DeviceFileGID").value_or(0);
    return node;
}

std::set<unsigned> gpuMinors(const std::filesystem::path& proc) {
    std::set<unsigned> minors;
    for (const auto& gpu : host::entriesOf(proc / "driver/nvidia/gpus")) {
        if (const auto minor = numberOf(fieldsOf(gpu / "information"), "Device Minor")) {
            minors.insert(*minor);
        }
    }
    return minors;
}

/// /proc/driver/nvidia-nvswitch/devices holds a directory for each switch.
std::set<unsigned> switchMinors(const std::filesystem::path& proc) {
    std::set<unsigned> minors;
    for (std::size_t count = host::entriesOf(proc / "driver/nvidia-nvswitch/devices").size();
         minors.size() < count;) {
        minors.insert(static_cast<unsigned>(minors.size()));
    }
    return minors;
}

std::vector<std::filesystem::path> capabilityFiles(const std::filesystem::path& proc) {
    auto files = host::entriesBelow(proc / "driver/nvidia/capabilities");
    std::erase_if(files, [](const std::filesystem::path& file) {
        std::error_code gone;
        return !std::filesystem::is_regular_file(file, gone);
    });
    return files;
}

class Planner {
  public:
    Planner(const NodeSelection& selection, std::filesystem::path proc, std::filesystem::path dev)
        : selection_(selection), proc_(std::move(proc)), dev_(std::move(dev)),
          majors_(
              host::parseCharacterDevices(host::readFileIfExists(proc_ / "devices").value_or(""))),
          parameters_(fieldsOf(proc_ / "driver/nvidia/params")) {}

    std::vector<host::DeviceNode> plan() {
        planFrontend();
        if (wants(NodeKind::Uvm)) {
            add("nvidia-uvm", "nvidia-uvm", 0, host::DeviceNode{});
            add("nvidia-uvm", "nvidia-uvm-tools", kToolsMinor, host::DeviceNode{});
        }
        if (wants(NodeKind::Capability)) {
            planCapabilities();
        }
        if (wants(NodeKind::Imex)) {
            planChannels();
        }
        if (wants(NodeKind::Switch)) {
            planSwitches();
        }
        if (wants(NodeKind::Link)) {
            add("nvidia-nvlink", "nvidia-nvlink", 0,
                patternOf(fieldsOf(proc_ / "driver/nvidia-nvlink/permissions")));
        }
        return std::move(nodes_);
    }

  private:
    void planFrontend() {
        // Major 195 is called nvidia-frontend up to driver 550.
        const char* frontend = majors_.contains("nvidia-frontend") ? "nvidia-frontend" : "nvidia";
        const auto pattern = patternOf(parameters_);
        if (wants(NodeKind::Control)) {
            add(frontend, "nvidiactl", kControlMinor, pattern);
        }
        if (wants(NodeKind::Modeset)) {
            add(frontend, "nvidia-modeset", kModesetMinor, pattern);
        }
        if (wants(NodeKind::Gpu)) {
            addEach(frontend, "nvidia", gpuMinors(proc_), pattern);
        }
    }

    void planCapabilities() {
        std::map<unsigned, host::DeviceNode> found; // by minor
        for (const auto& file : selection_.capabilityFiles.empty() ? capabilityFiles(proc_)
                                                                   : selection_.capabilityFiles) {
            const ProcFields fields = fieldsOf(file);
            const auto minor = numberOf(fields, "DeviceFileMinor");
            const auto pattern = patternOf(fields);
            if (minor && pattern) {
                found[*minor] = *pattern;
            }
        }
        for (const auto& [minor, pattern] : found) {
            add("nvidia-caps", fmt::format("nvidia-caps/nvidia-cap{}", minor), minor, pattern);
        }
    }

    void planChannels() {
        std::set<unsigned> channels = selection_.imexChannels;
        if (channels.empty() && numberOf(parameters_, "CreateImexChannel0") == 1U) {
            channels.insert(0);
        }
        for (const unsigned channel : channels) {
            add("nvidia-caps-imex-channels",
                fmt::format("nvidia-caps-imex-channels/channel{}", channel), channel,
                patternOf(parameters_));
        }
    }

    void planSwitches() {
        const auto minors = switchMinors(proc_);
        if (minors.empty()) {
            return;
        }
        const auto pattern = patternOf(fieldsOf(proc_ / "driver/nvidia-nvswitch/permissions"));
        add("nvidia-nvswitch", "nvidia-nvswitchctl", kControlMinor, pattern);
        addEach("nvidia-nvswitch", "nvidia-nvswitch", minors, pattern);
    }

    [[nodiscard]] bool wants(NodeKind kind) const { return selection_.kinds.contains(kind); }

    void addEach(std::string_view device, std::string_view prefix, const std::set<unsigned>& minors,
                 const std::optional<host::DeviceNode>& pattern) {
        for (const unsigned minor : minors) {
            if (selection_.minors.empty() || selection_.minors.contains(minor)) {
                add(device, fmt::format("{}{}", prefix, minor), minor, pattern);
            }
        }
    }

    void add(std::string_view device, const std::string& name, unsigned minor,
             std::optional<host::DeviceNode> pattern) {
        if (const auto major = majors_.find(device); major != majors_.end() && pattern) {
            pattern->path = dev_ / name;
            pattern->number = ::makedev(major->second, minor);
            nodes_.push_back(std::move(*pattern));
        }
    }

    const NodeSelection& selection_;
    std::filesystem::path proc_;
    std::filesystem::path dev_;
    host::CharacterDevices majors_;
    ProcFields parameters_;
    std::vector<host::DeviceNode> nodes_;
};

} // namespace

std::vector<host::DeviceNode> planDeviceNodes(const NodeSelection& selection,
                                              const std::filesystem::path& proc,
                                              const std::filesystem::path& dev) {
    return Planner(selection, proc, dev).plan();
}

DeviceLink characterLink(const host::DeviceNode& node, const std::filesystem::path& dev) {
    const auto link =
        dev / "char" / fmt::format("{}:{}", ::major(node.number), ::minor(node.number));
    return {.link = link, .target = node.path.lexically_relative(link.parent_path())};
}

bool isThere(const DeviceLink& link) {
    std::error_code missing;
    return std::filesystem::read_symlink(link.link, missing) == link.target;
}

std::set<unsigned> imexChannels(const std::vector<std::string>& words) {
    std::set<unsigned> channels;
    for (const std::string& word : words) {
        const auto parts = host::split(word, ':');
        const auto start = host::toNumber<unsigned>(parts.front());
        const auto count = parts.size() == 1 ? 1 : host::toNumber<unsigned>(parts.back());
        if (parts.size() > 2 || !start || !count || *count == 0 || *start >= kMostChannels ||
            *count > kMostChannels - *start) {
            throw host::Error(host::Fault::Usage, fmt::format("'{}' names no IMEX channels", word),
                              "Give a number, as in 0, or the first of them and how many there "
                              "are, as in 0:4.");
        }
        for (unsigned channel = *start; channel < *start + *count; ++channel) {
            channels.insert(channel);
        }
    }
    return channels;
}

} // namespace gpu
