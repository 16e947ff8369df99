#include "toolkit/edits/request.h"

#include "toolkit/edits/comma_list.h"
#include "toolkit/edits/image_environment.h"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace fs = std::filesystem;

namespace toolkit {

namespace {

using Names = std::vector<std::string>;

const fs::path kMountedDevices = "/var/run/nvidia-container-devices";
constexpr std::string_view kVisibleDevices = "NVIDIA_VISIBLE_DEVICES";
const Capabilities kUsualCapabilities = {Capability::Utility, Capability::Compute};

bool isPrivileged(const ContainerParts& container) {
    return std::ranges::find(container.boundingCapabilities, "CAP_SYS_ADMIN") !=
           container.boundingCapabilities.end();
}

/// "vendor/class=name".
bool isQualified(const std::string& name) {
    const auto slash = name.find('/');
    const auto equals = name.find('=');
    return slash != std::string::npos && equals != std::string::npos && slash > 0 &&
           equals > slash + 1 && equals + 1 < name.size();
}

/// What a list of names means: nothing where it is empty or has "void", and of "all" and "none" the
/// first decides.
std::optional<Names> meantBy(const Names& names) {
    if (names.empty() || std::ranges::find(names, "void") != names.end()) {
        return std::nullopt;
    }
    for (const auto& name : names) {
        if (name == "all") {
            return Names{name};
        }
        if (name == "none") {
            return Names{};
        }
    }
    return once(names);
}

/// The same of devices, whose names are all qualified ones or none.
std::optional<Names> devicesOf(const Names& names) {
    auto devices = meantBy(names);
    if (devices && std::ranges::any_of(names, isQualified) &&
        !std::ranges::all_of(names, isQualified)) {
        throw RequestError(
            RequestError::Kind::MixedNames,
            fmt::format("the container asks for {}: qualified CDI names beside others",
                        fmt::join(names, ", ")),
            "Name all devices as vendor/class=name, or none.");
    }
    return devices;
}

/// Of all annotations with one of the prefixes, by key.
std::optional<Names> annotatedDevices(const ContainerParts& container,
                                      const ToolkitConfig& config) {
    Names names;
    for (const auto& [key, value] : container.annotations) {
        if (std::ranges::any_of(
                config.runtime.annotationPrefixes,
                [&key = key](const auto& prefix) { return key.starts_with(prefix); })) {
            const auto more = commaList(value);
            names.insert(names.end(), more.begin(), more.end());
        }
    }
    if (!std::ranges::all_of(names, isQualified)) {
        throw RequestError(
            RequestError::Kind::UnqualifiedAnnotation,
            fmt::format("the container's annotations name {}: not all are qualified CDI names",
                        fmt::join(names, ", ")),
            "Name devices as nvidia.com/gpu=NAME.");
    }
    return meantBy(names);
}

/// What mounts of /dev/null below kMountedDevices name.
struct MountedNames {
    Names devices;
    Names imexChannels;
    std::vector<RequestWarning> warnings;

    explicit MountedNames(const std::vector<ContainerParts::Mount>& mounts) {
        for (const auto& mount : mounts) {
            const fs::path name =
                fs::path(mount.destination).lexically_relative(kMountedDevices).lexically_normal();
            if (fs::path(mount.source).lexically_normal() == "/dev/null" && !name.empty() &&
                name != "." && *name.begin() != "..") {
                add(name);
            }
        }
        devices = once(devices);
        imexChannels = once(imexChannels);
    }

  private:
    void add(const fs::path& path) {
        Names parts;
        for (const auto& part : path) {
            if (!part.empty()) { // after a last slash
                parts.push_back(part);
            }
        }
        if (parts.size() == 1) {
            devices.push_back(parts[0]);
        } else if (parts.size() == 2 && parts[0] == "imex") {
            imexChannels.push_back(parts[1]);
        } else if (parts.size() == 4 && parts[0] == "cdi") {
            devices.push_back(fmt::format("{}/{}={}", parts[1], parts[2], parts[3]));
        } else {
            warnings.push_back({RequestWarning::Kind::IgnoredMount,
                                fmt::format("the mount {} is ignored: it names no device",
                                            (kMountedDevices / path).string())});
        }
    }
};

class RequestReader {
  public:
    RequestReader(const ContainerParts& container, const ToolkitConfig& config)
        : container_(container), config_(config), environment_(container.env),
          mounted_(config.acceptVolumeMounts ? container.mounts
                                             : std::vector<ContainerParts::Mount>()) {}

    Reading read() {
        reading_.warnings = mounted_.warnings;
        const auto devices = visibleDevices();
        if (!devices) {
            return reading_;
        }
        Request request;
        request.devices = *devices;
        request.migConfig =
            migDevices("NVIDIA_MIG_CONFIG_DEVICES", RequestError::Kind::MigConfigUnprivileged);
        request.migMonitor =
            migDevices("NVIDIA_MIG_MONITOR_DEVICES", RequestError::Kind::MigMonitorUnprivileged);
        request.imexChannels = imexChannels();
        request.requirements = config_.disableRequire ? Names() : environment_.requirements();
        request.capabilities = capabilities();
        request.gated = gatedDevices();
        reading_.request = request;
        return reading_;
    }

  private:
    /// Annotations, mounts, environment: the first that names any device counts.
    std::optional<Names> visibleDevices() {
        if (auto annotated = annotatedDevices(container_, config_)) {
            return annotated;
        }
        if (!mounted_.devices.empty()) {
            return devicesOf(mounted_.devices);
        }
        Names variables;
        const auto devices = devicesOf(environmentNames(variables));
        return devices && mayUse(variables) ? devices : std::nullopt;
    }

    /// With a warning where it may not.
    bool mayUse(const Names& variables) {
        if (config_.acceptEnvironmentUnprivileged || isPrivileged(container_)) {
            return true;
        }
        reading_.warnings.push_back(
            {RequestWarning::Kind::IgnoredUnprivileged,
             fmt::format("{} of a container without CAP_SYS_ADMIN is ignored, as config.toml"
                         " wants it",
                         fmt::join(variables, ", "))});
        return false;
    }

    /// The variables of swarm that are set, else the usual one.
    Names environmentNames(Names& variables) const {
        for (const auto& name : config_.swarmResources) {
            if (environment_.find(name)) {
                variables.push_back(name);
            }
        }
        if (variables.empty()) {
            variables = {std::string(kVisibleDevices)};
            if (!environment_.find(kVisibleDevices) && environment_.isLegacy()) {
                return {"all"};
            }
        }
        Names names;
        for (const auto& variable : variables) {
            const auto more = commaList(environment_.value(variable));
            names.insert(names.end(), more.begin(), more.end());
        }
        return names;
    }

    [[nodiscard]] bool migDevices(std::string_view variable, RequestError::Kind kind) const {
        const auto names = once(commaList(environment_.value(variable)));
        if (names.empty()) {
            return false;
        }
        const auto devices = fmt::format("{}", fmt::join(names, ","));
        if (!isPrivileged(container_)) {
            throw RequestError(kind,
                               fmt::format("the container asks for {}={}, and is not privileged",
                                           variable, devices),
                               "Give it CAP_SYS_ADMIN, or take the variable away.");
        }
        if (names != Names{"all"}) {
            throw RequestError(RequestError::Kind::MigDevicesNotAll,
                               fmt::format("the container asks for {}={}: only all is possible",
                                           variable, devices),
                               fmt::format("Set {}=all.", variable));
        }
        return true;
    }

    /// "all" asks for none here, as it always has.
    Names imexChannels() {
        constexpr const char* kVariable = "NVIDIA_IMEX_CHANNELS";
        if (config_.ignoreImexChannelRequests) {
            return {};
        }
        if (!mounted_.imexChannels.empty()) {
            return mounted_.imexChannels;
        }
        const auto channels = meantBy(commaList(environment_.value(kVariable)));
        return channels && !channels->empty() && *channels != Names{"all"} && mayUse({kVariable})
                   ? *channels
                   : Names();
    }

    /// What is asked for, of what is supported.
    [[nodiscard]] Capabilities capabilities() const {
        const auto value = environment_.find("NVIDIA_DRIVER_CAPABILITIES");
        const auto words = commaList(value.value_or(""));
        if ((!value && environment_.isLegacy()) || std::ranges::find(words, "all") != words.end()) {
            return config_.supportedCapabilities;
        }
        Capabilities asked;
        if (words.empty()) {
            std::ranges::set_intersection(kUsualCapabilities, config_.supportedCapabilities,
                                          std::inserter(asked, asked.end()));
        }
        for (const auto& word : words) {
            asked.insert(supported(word));
        }
        return asked;
    }

    [[nodiscard]] Capability supported(const std::string& word) const {
        const auto capability = toCapability(word);
        if (capability && config_.supportedCapabilities.contains(*capability)) {
            return *capability;
        }
        Names words;
        for (const Capability each : config_.supportedCapabilities) {
            words.emplace_back(toString(each));
        }
        throw RequestError(
            RequestError::Kind::UnsupportedCapability,
            fmt::format("the container asks for the driver capability '{}', which {}", word,
                        capability ? "this node does not give" : "does not exist"),
            fmt::format("Set NVIDIA_DRIVER_CAPABILITIES to some of {}, or all.",
                        fmt::join(words, ", ")));
    }

    [[nodiscard]] std::set<GatedDevice> gatedDevices() const {
        constexpr std::pair<std::string_view, GatedDevice> kVariables[] = {
            {"NVIDIA_GDS", GatedDevice::Gds},
            {"NVIDIA_MOFED", GatedDevice::Mofed},
            {"NVIDIA_GDRCOPY", GatedDevice::Gdrcopy},
            {"NVIDIA_NVSWITCH", GatedDevice::NvSwitch}};
        std::set<GatedDevice> devices;
        for (const auto& [variable, device] : kVariables) {
            if (environment_.value(variable) == "enabled") {
                devices.insert(device);
            }
        }
        return devices;
    }

    const ContainerParts& container_;
    const ToolkitConfig& config_;
    ImageEnvironment environment_;
    MountedNames mounted_;
    Reading reading_;
};

} // namespace

Reading readRequest(const ContainerParts& container, const ToolkitConfig& config) {
    return RequestReader(container, config).read();
}

} // namespace toolkit
