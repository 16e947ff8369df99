/// What containers are told of a driver that is up: the files by which container runtimes and hooks
/// find it, and the programs with which a runtime starts containers. An interface, because this
/// folder knows nothing of containers.
///
/// As a Service it follows what changes on the node meanwhile, and writes the files anew.
#pragma once

#include "loader/service.h"

#include <filesystem>
#include <vector>

namespace loader {

class ContainerAccess : public Service {
  public:
    /// All that publish() may write: what has to go with the driver.
    [[nodiscard]] virtual std::vector<std::filesystem::path> files() const = 0;
    /// Writes them, in place of what a dead instance left; returns those that are there now. Throws
    /// host::Error when what was asked for cannot be written; what nobody asked for is left out
    /// then.
    virtual std::vector<std::filesystem::path> publish() = 0;
    /// Asked for by LifeSettings::toolkit only. Both throw host::Error.
    virtual void installToolkit() = 0;
    virtual void takeToolkitBack() = 0;
};

} // namespace loader
