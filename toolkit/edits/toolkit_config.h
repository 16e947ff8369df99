/// NVIDIA's config.toml: what an administrator wants of containers on this node.
///
/// Values only. A key that is not known here is ignored with a warning, as NVIDIA's toolkit does; a
/// value of a wrong type or out of its range is an Error (Fault::Usage) that names line and column.
#pragma once

#include "toolkit/inventory/capability.h"

#include <filesystem>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace toolkit {

struct ToolkitConfig {
    bool disableRequire = false;
    std::vector<std::string> swarmResources;   ///< variables that count before the usual one
    bool acceptEnvironmentUnprivileged = true; ///< accept-…-envvar-when-unprivileged
    bool acceptVolumeMounts = false;           ///< accept-…-as-volume-mounts
    Capabilities supportedCapabilities{std::begin(kCapabilities), std::end(kCapabilities)};

    struct ContainerCli {
        std::string root;
        std::string path;
        std::vector<std::string> environment; ///< "NAME=value"
        std::filesystem::path debug;          ///< log file; empty: none
        std::string ldcache;
        bool loadKernelModules = true;
        bool noCgroups = false;
        std::string user;
        std::string ldconfig = "@/sbin/ldconfig"; ///< the host's: it begins with @
    } containerCli;

    struct Runtime {
        std::filesystem::path debug; ///< log file; empty: none
        std::string logLevel = "info";
        std::vector<std::string> runtimes = {"runc", "crun"};
        std::string mode = "auto";
        std::vector<std::string> annotationPrefixes = {"cdi.k8s.io/"};
        std::vector<std::string> specDirectories = {"/etc/cdi", "/var/run/cdi"};
        std::string defaultKind = "nvidia.com/gpu";
    } runtime;

    bool ignoreImexChannelRequests = false;
};

struct ParsedToolkitConfig {
    ToolkitConfig config;
    std::vector<std::string> warnings; ///< "config.toml:3:1: … is ignored: it is not known here"
};

/// `name` is the file's, for messages; `home` is what "~/" begins the path of a log with.
ParsedToolkitConfig parseToolkitConfig(std::string_view text, const std::string& name,
                                       const std::filesystem::path& home);

/// Where the file is looked for, by the environment of the process that reads it.
std::filesystem::path toolkitConfigFile(const std::map<std::string, std::string>& environment);

} // namespace toolkit
