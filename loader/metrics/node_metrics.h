/// The metrics of a node with the driver on it: kept in a file for node-exporter's textfile
/// collector, and as text for whoever serves them.
///
/// Owns the file that it has written: it goes with this, so that nobody reads of a driver that is
/// gone, unless the driver stays (Phase::Kept). A file that cannot be written is a warning: metrics
/// never cost a node its driver.
#pragma once

#include "host/base/observer.h"
#include "host/base/roots.h"
#include "loader/state.h"

#include <filesystem>
#include <string>

namespace loader {

class NodeMetrics {
  public:
    /// `version` is the program's; an empty `file`: none is kept.
    NodeMetrics(std::filesystem::path file, std::string version, host::Observer observer,
                host::Roots roots = {});
    NodeMetrics(const NodeMetrics&) = delete;
    NodeMetrics& operator=(const NodeMetrics&) = delete;
    NodeMetrics(NodeMetrics&&) = delete;
    NodeMetrics& operator=(NodeMetrics&&) = delete;
    ~NodeMetrics();

    /// To be called whenever the state has changed.
    void publish(const NodeState& state);
    /// As of now, with the state that was published last.
    [[nodiscard]] std::string text() const;

  private:
    std::filesystem::path file_;
    std::string version_;
    host::Observer observer_;
    host::Roots roots_;
    NodeState state_;
    bool isPublished_ = false;
};

} // namespace loader
