#include "driverctl/metrics_server.h"

#include "driverctl/report/log.h"
#include "host/base/error.h"

#include <fmt/format.h>
#include <utility>

namespace driverctl {

MetricsServer::MetricsServer(const std::string& address, std::function<std::string()> text) {
    if (!address.empty()) {
        listener_.emplace(address, std::move(text));
    }
}

void MetricsServer::serve() {
    try {
        listener_->serve();
    } catch (const host::Error& error) {
        logWarning(fmt::format("metrics are not served any more: {}", error.what()));
        listener_.reset();
    }
}

} // namespace driverctl
