#include "loader/metrics/node_metrics.h"

#include "gpu/functions.h"
#include "host/base/error.h"
#include "host/base/file.h"
#include "host/kernel/module.h"
#include "loader/loaded_driver.h"
#include "loader/metrics/metrics.h"

#include <fmt/format.h>
#include <system_error>
#include <utility>

namespace loader {

namespace {

constexpr double kMillisecondsPerSecond = 1000;

} // namespace

NodeMetrics::NodeMetrics(std::filesystem::path file, std::string version, host::Observer observer,
                         host::Roots roots)
    : file_(std::move(file)), version_(std::move(version)), observer_(std::move(observer)),
      roots_(std::move(roots)) {}

NodeMetrics::~NodeMetrics() {
    if (isPublished_ && !file_.empty() && state_.phase != Phase::Kept) {
        std::error_code ignored; // a file that stays says "stopping"
        std::filesystem::remove(file_, ignored);
    }
}

void NodeMetrics::publish(const NodeState& state) {
    state_ = state;
    isPublished_ = true;
    if (file_.empty()) {
        return;
    }
    try {
        host::writeFileAtomic(file_, text());
    } catch (const std::exception& error) {
        observer_.warn(fmt::format("no metrics: {}", error.what()));
    }
}

std::string NodeMetrics::text() const {
    Metrics metrics{.version = version_,
                    .driver = state_.driver,
                    .flavour = state_.flavour,
                    .kernel = state_.kernel,
                    .package = state_.package,
                    .packageSha256 = state_.packageSha256,
                    .phase = std::string(toString(state_.phase)),
                    .since = state_.phase == Phase::Ready ? state_.since : 0,
                    .gpus = {},
                    .steps = {},
                    .daemons = {},
                    .modules = {}};
    for (const auto& function : gpu::nvidiaFunctions(roots_.sys)) {
        metrics.gpus.push_back(
            {function.address, fmt::format("{:04x}", function.device), function.driver});
    }
    for (const auto& step : state_.steps) {
        metrics.steps.push_back(
            {step.name, static_cast<double>(step.milliseconds) / kMillisecondsPerSecond});
    }
    for (const auto& daemon : state_.daemons) {
        metrics.daemons.push_back(
            {daemon.name, host::isRunning(daemon.process, roots_.proc), daemon.restarts});
    }
    for (const auto& module : loadedDriver(roots_.sys)) {
        metrics.modules.push_back({module.name, module.references});
    }
    return metricsText(metrics);
}

} // namespace loader
