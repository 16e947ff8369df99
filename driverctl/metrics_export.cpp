#include "driverctl/metrics_export.h"

#include "driverctl/cli/version.h"
#include "driverctl/report/log.h"
#include "gpu/functions.h"
#include "host/base/error.h"
#include "host/base/file.h"
#include "host/kernel/module.h"
#include "loader/loaded_driver.h"
#include "loader/metrics/metrics.h"

#include <fmt/format.h>

namespace driverctl {

namespace {

constexpr double kMillisecondsPerSecond = 1000;

std::string textOf(const loader::NodeState& state) {
    loader::Metrics metrics{.version = kVersion,
                            .driver = state.driver,
                            .flavour = state.flavour,
                            .kernel = state.kernel,
                            .package = state.package,
                            .phase = std::string(toString(state.phase)),
                            .since = state.phase == loader::Phase::Ready ? state.since : 0,
                            .gpus = {},
                            .steps = {},
                            .daemons = {},
                            .modules = {}};
    for (const auto& function : gpu::nvidiaFunctions()) {
        metrics.gpus.push_back(
            {function.address, fmt::format("{:04x}", function.device), function.driver});
    }
    for (const auto& step : state.steps) {
        metrics.steps.push_back(
            {step.name, static_cast<double>(step.milliseconds) / kMillisecondsPerSecond});
    }
    for (const auto& daemon : state.daemons) {
        metrics.daemons.push_back(
            {daemon.name, loader::isRunning(daemon.process), daemon.restarts});
    }
    for (const auto& module : loader::loadedDriver()) {
        metrics.modules.push_back({module.name, module.references});
    }
    return loader::metricsText(metrics);
}

} // namespace

MetricsExport::MetricsExport(const Options& options) : file_(options.metrics.file) {
    if (!options.metrics.listen.empty()) {
        listener_.emplace(options.metrics.listen, [this] { return textOf(state_); });
    }
}

void MetricsExport::publish(const loader::NodeState& state) {
    state_ = state;
    if (file_.empty()) {
        return;
    }
    try {
        host::writeFileAtomic(file_, textOf(state_));
    } catch (const std::exception& error) {
        host::logWarning(fmt::format("no metrics: {}", error.what()));
    }
}

void MetricsExport::serve() {
    try {
        listener_->serve();
    } catch (const host::Error& error) {
        host::logWarning(fmt::format("metrics are not served any more: {}", error.what()));
        listener_.reset();
    }
}

} // namespace driverctl
