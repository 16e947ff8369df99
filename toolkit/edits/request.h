/// What a container asks for, by its environment, annotations and mounts and by the node's
/// config.toml.
///
/// Pure. A request that cannot be granted is a RequestError; requirements of the image are carried
/// in the request, and looked at where the driver is known (requirements.h).
#pragma once

#include "host/base/error.h"
#include "toolkit/edits/toolkit_config.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace toolkit {

/// The parts of an OCI config.json that a request is read from.
struct ContainerParts {
    std::vector<std::string> env;                  ///< "NAME=value"; the last of a name counts
    std::vector<std::string> boundingCapabilities; ///< CAP_SYS_ADMIN makes it privileged
    std::map<std::string, std::string> annotations;
    struct Mount {
        std::string source;
        std::string destination;
    };
    std::vector<Mount> mounts;
};

/// Devices of other drivers that NVIDIA's variables switch on.
enum class GatedDevice { Gds, Mofed, Gdrcopy, NvSwitch };

struct Request {
    /// Names, each once, in the order asked for: all of them qualified CDI names
    /// ("nvidia.com/gpu=0"), or none. Empty: the driver without a GPU.
    std::vector<std::string> devices;
    Capabilities capabilities;
    std::vector<std::string> requirements; ///< each has to be met
    std::vector<std::string> imexChannels;
    bool migConfig = false;  ///< may configure MIG on all GPUs that it sees
    bool migMonitor = false; ///< may watch MIG on all GPUs that it sees
    std::set<GatedDevice> gated;
};

struct RequestWarning {
    enum class Kind {
        IgnoredUnprivileged, ///< the environment of a container without CAP_SYS_ADMIN
        IgnoredMount,        ///< below the directory of device mounts, and no device's name
    };
    Kind kind;
    std::string text;
};

struct Reading {
    std::optional<Request> request; ///< nothing: no GPU container, which is left alone
    std::vector<RequestWarning> warnings;
};

class RequestError : public host::Error {
  public:
    enum class Kind {
        MixedNames,            ///< qualified CDI names beside others
        UnqualifiedAnnotation, ///< an annotation that names a device in another way
        BadCudaVersion,        ///< a legacy image's CUDA_VERSION is no version
        UnsupportedCapability,
        MigConfigUnprivileged,
        MigMonitorUnprivileged,
        MigDevicesNotAll, ///< config or monitor of some MIG devices
    };
    RequestError(Kind kind, const std::string& message, std::string remedy)
        : Error(message, std::move(remedy)), kind_(kind) {}
    [[nodiscard]] Kind kind() const noexcept { return kind_; }

  private:
    Kind kind_;
};

/// Throws RequestError.
Reading readRequest(const ContainerParts& container, const ToolkitConfig& config);

} // namespace toolkit
