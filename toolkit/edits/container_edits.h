/// What has to be changed in a container for it to use something: the one value that CDI
/// specifications are written from and OCI configurations are edited by.
///
/// Its parts are those of CDI's containerEdits. Values only.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace toolkit {

/// A device node is named by its path alone: numbers change between boots, and a reader that finds
/// them in a specification keeps them.
struct DeviceNodeEdit {
    std::filesystem::path path;     ///< in the container
    std::filesystem::path hostPath; ///< empty: the same; another one fails in a user namespace
    [[nodiscard]] const std::filesystem::path& onHost() const {
        return hostPath.empty() ? path : hostPath;
    }
    auto operator<=>(const DeviceNodeEdit&) const = default;
};

struct MountEdit {
    std::filesystem::path hostPath;
    std::filesystem::path containerPath; ///< absolute, normalised
    std::vector<std::string> options;    ///< "ro", "nosuid", …
    auto operator<=>(const MountEdit&) const = default;
};

struct HookEdit {
    std::string stage; ///< "createContainer"
    std::filesystem::path path;
    std::vector<std::string> args; ///< the program's name first
    std::vector<std::string> env;  ///< never empty: a hook would inherit the image's otherwise
    auto operator<=>(const HookEdit&) const = default;
};

struct ContainerEdits {
    std::vector<std::string> env; ///< "NAME=value"
    std::vector<DeviceNodeEdit> deviceNodes;
    std::vector<MountEdit> mounts;
    std::vector<HookEdit> hooks;
    std::vector<gid_t> additionalGids;
    bool operator==(const ContainerEdits&) const = default;
};

} // namespace toolkit
