/// The files by which the GPU Operator and its tools learn how a driver container is doing, below
/// <run>/validations and beside it. Names and contents are NVIDIA's.
///
/// They lie: a crash leaves them. So they are removed at start and at stop, and nothing here
/// believes them.
#pragma once

#include "host/kernel/node_actions.h"

#include <filesystem>
#include <string>

namespace loader {

struct DriverFeatures {
    bool gdrCopy = false;
    bool gpuDirectStorage = false;
    bool gpuDirectRdma = false;
};

class Markers {
  public:
    Markers(const std::filesystem::path& runDirectory, host::NodeActions& actions);

    /// .driver-daemons-status: NotReady, then Ready.
    void writeDaemons(bool ready) const;
    /// .driver-ctr-ready, with its three lines.
    void writeContainerReady(const DriverFeatures& features) const;
    /// nvidia-driver.state: the configuration's digest; nothing is written for an empty one.
    void writeConfigDigest(const std::string& digest) const;
    [[nodiscard]] bool containerIsReady() const;
    /// All of them; throws for the first that cannot be removed.
    void remove() const;

  private:
    host::NodeActions& actions_;
    std::filesystem::path daemons_;
    std::filesystem::path container_;
    std::filesystem::path digest_;
};

} // namespace loader
