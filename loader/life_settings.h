/// How the driver lives on a node: its directories, what runs beside it, what it is left as. Plain
/// values.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace loader {

enum class Persistence {
    Required, ///< init fails without the persistence daemon
    Optional,
    Off,
};

/// Whether nvidia-drm is loaded.
enum class Drm {
    Auto, ///< unless an operator manages the driver, whose driver manager does not unload it
    On,
    Off,
};

struct LifeSettings {
    std::filesystem::path runDir = "/run/nvidia";    ///< driver root, pid file, state
    std::filesystem::path parameterDir = "/drivers"; ///< the modules' parameter files
    std::filesystem::path devRoot = "/dev";          ///< where device nodes are made
    Persistence persistence = Persistence::Required;
    Drm drm = Drm::Auto;
    std::vector<std::string> fabricConfig = {}; ///< fields of fabricmanager.cfg, "FABRIC_MODE=1"
    bool imex = false;                          ///< nvidia-imex runs as well
    std::vector<std::string> imexChannels = {}; ///< gpu::imexChannels() reads them
    std::string cdi = "auto"; ///< directory of the CDI specification, "auto" or "off"
    std::filesystem::path toolkit =
        {};                     ///< where programs for container runtimes go; empty: nowhere
    bool watch = false;         ///< the specification follows what changes on the node
    bool keepLoaded = false;    ///< at the end, for the next one to adopt
    bool unbindNouveau = false; ///< GPUs are taken away from that driver
    /// Another one means loading anew. Only the GPU Operator gives one.
    std::string configDigest = {};
    bool gpuDirectRdma = false;    ///< nvidia-peermem is loaded as well
    bool gpuDirectStorage = false; ///< wanted of another container
    bool gdrCopy = false;          ///< wanted of another container
};

} // namespace loader
