/// The address at which a node's metrics are served while the driver lives, or none.
///
/// Owns the listener. One that fails is a warning, and the metrics are not served any more. An
/// address that cannot be listened on at the start is host::Error.
#pragma once

#include "host/net/metrics_listener.h"
#include "loader/service.h"

#include <functional>
#include <optional>
#include <string>

namespace driverctl {

class MetricsServer : public loader::Service {
  public:
    /// `address` is HOST:PORT, or empty: nothing is served. `text` is asked at each request.
    MetricsServer(const std::string& address, std::function<std::string()> text);

    [[nodiscard]] int fd() const override { return listener_ ? listener_->fd() : -1; }
    void serve() override;

  private:
    std::optional<host::MetricsListener> listener_;
};

} // namespace driverctl
