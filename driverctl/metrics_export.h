/// Where init's metrics go: a file for node-exporter's textfile collector, an HTTP address, both,
/// or neither.
///
/// Owns the listener. A file that cannot be written and a listener that fails are warnings: metrics
/// never cost a node its driver. An address that cannot be listened on at the start is an error.
#pragma once

#include "driverctl/cli/options.h"
#include "host/net/metrics_listener.h"
#include "loader/state.h"

#include <filesystem>
#include <optional>

namespace driverctl {

class MetricsExport {
  public:
    explicit MetricsExport(const Options& options);

    /// To be called whenever the state has changed.
    void publish(const loader::NodeState& state);
    /// Polls readable when serve() has something to do; -1 without a listener.
    [[nodiscard]] int fd() const { return listener_ ? listener_->fd() : -1; }
    void serve();

  private:
    std::filesystem::path file_;
    loader::NodeState state_;
    std::optional<host::MetricsListener> listener_;
};

} // namespace driverctl
