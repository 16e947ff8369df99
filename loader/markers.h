/// The files by which the GPU Operator and its tools learn how a driver container is doing, below
/// <run>/validations and beside it. Names and contents are NVIDIA's.
///
/// They lie: a crash leaves them. So they are removed at start and at stop, and readiness() in
/// driverctl/ never believes them.
#pragma once

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
    explicit Markers(std::filesystem::path runDirectory);

    /// .driver-daemons-status: NotReady, then Ready.
    void writeDaemons(bool ready) const;
    /// .driver-ctr-ready, with its three lines.
    void writeContainerReady(const DriverFeatures& features) const;
    /// nvidia-driver.state: the configuration's digest; nothing is written for an empty one.
    void writeConfigDigest(const std::string& digest) const;
    [[nodiscard]] bool containerIsReady() const;
    void remove() const;

  private:
    std::filesystem::path runDirectory_;
    std::filesystem::path daemons_;
    std::filesystem::path container_;
    std::filesystem::path digest_;
};

} // namespace loader
