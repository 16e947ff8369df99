/// The files by which the GPU Operator and its tools learn how a driver container is doing, below
/// <run>/validations and beside it. Names and contents are NVIDIA's.
///
/// What says how init is doing lies: a crash leaves it. So it is written anew before init does
/// anything, and goes with init (NotReady); nothing here believes it. The digest of the
/// configuration is about the modules instead: it is there as long as they are loaded, whoever
/// ends, for NVIDIA's driver manager evicts and unloads where it is missing.
#pragma once

#include "host/base/observer.h"
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

    /// .driver-daemons-status: NotReady; and no .driver-ctr-ready.
    void writeNotReady() const;
    /// .driver-daemons-status: Ready.
    void writeReady() const;
    /// .driver-ctr-ready, with its three lines.
    void writeContainerReady(const DriverFeatures& features) const;
    /// nvidia-driver.state: the configuration's digest; nothing is written for an empty one.
    void writeConfigDigest(const std::string& digest) const;
    void removeConfigDigest() const;
    [[nodiscard]] bool containerIsReady() const;
    /// The two that say how init is doing; throws for the first that cannot be removed.
    void remove() const;

  private:
    host::NodeActions& actions_;
    std::filesystem::path daemons_;
    std::filesystem::path container_;
    std::filesystem::path digest_;
};

/// From the moment on in which init has the node to itself: whoever probes it is told that it is
/// not ready, also while a driver is loaded. Takes the markers away in the end.
class NotReady {
  public:
    /// Throws where they cannot be written. `observer` is warned of those that stay.
    NotReady(const std::filesystem::path& runDirectory, host::NodeActions& actions,
             host::Observer observer);
    NotReady(const NotReady&) = delete;
    NotReady& operator=(const NotReady&) = delete;
    NotReady(NotReady&&) = delete;
    NotReady& operator=(NotReady&&) = delete;
    ~NotReady();

  private:
    Markers markers_;
    host::Observer observer_;
};

} // namespace loader
