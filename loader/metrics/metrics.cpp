#include "loader/metrics/metrics.h"

#include "host/base/json.h"

#include <fmt/format.h>
#include <initializer_list>
#include <string_view>
#include <utility>

namespace loader {

namespace {

struct Label {
    std::string_view name;
    std::string_view value;
};
using Labels = std::initializer_list<Label>;

/// Bytes that are no UTF-8 become U+FFFD.
std::string validUtf8(std::string_view text) {
    using nlohmann::json;
    return host::parseStrict(json(text).dump(-1, ' ', false, json::error_handler_t::replace))
        .get<std::string>();
}

std::string escape(std::string_view value) {
    std::string escaped;
    for (const char letter : validUtf8(value)) {
        if (letter == '\n') {
            escaped += "\\n";
            continue;
        }
        if (letter == '\\' || letter == '"') {
            escaped += '\\';
        }
        escaped += letter;
    }
    return escaped;
}

/// The lines of one metric: its description, once there is a value, and its values.
class Family {
  public:
    Family(std::string_view name, std::string_view type, std::string_view help)
        : name_(name), header_(fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n", name, help, type)) {}

    Family& add(Labels labels, double value) {
        std::string list;
        for (const auto& label : labels) {
            list += fmt::format("{}{}=\"{}\"", list.empty() ? "" : ",", label.name,
                                escape(label.value));
        }
        values_ += list.empty() ? fmt::format("{} {}\n", name_, value)
                                : fmt::format("{}{{{}}} {}\n", name_, list, value);
        return *this;
    }
    [[nodiscard]] std::string text() const { return values_.empty() ? "" : header_ + values_; }

  private:
    std::string_view name_;
    std::string header_;
    std::string values_;
};

std::string driverInfo(const Metrics& metrics) {
    Family family("driverctl_driver_info", "gauge", "The driver that is loaded.");
    if (!metrics.driver.empty()) {
        family.add({{"driver", metrics.driver},
                    {"flavour", metrics.flavour},
                    {"kernel", metrics.kernel},
                    {"package", metrics.package},
                    {"package_sha256", metrics.packageSha256}},
                   1);
    }
    return family.text();
}

std::string phase(const Metrics& metrics) {
    Family state("driverctl_state", "gauge", "1 for the phase that the driver is in.");
    for (const auto* const name : {"starting", "ready", "stopping", "kept"}) {
        state.add({{"state", name}}, metrics.phase == name ? 1 : 0);
    }
    Family ready("driverctl_ready", "gauge", "1 while the driver can be used.");
    ready.add({}, metrics.phase == "ready" ? 1 : 0);
    Family since("driverctl_ready_timestamp_seconds", "gauge",
                 "When the driver became ready, in seconds since the epoch.");
    if (metrics.since != 0) {
        since.add({}, static_cast<double>(metrics.since));
    }
    return state.text() + ready.text() + since.text();
}

std::string gpus(const Metrics& metrics) {
    Family family("driverctl_gpu_info", "gauge",
                  "An NVIDIA GPU and the kernel driver bound to it.");
    for (const auto& gpu : metrics.gpus) {
        family.add({{"address", gpu.address}, {"device", gpu.device}, {"driver", gpu.driver}}, 1);
    }
    return family.text();
}

std::string steps(const Metrics& metrics) {
    Family family("driverctl_step_duration_seconds", "gauge",
                  "How long a step took when the driver was started.");
    for (const auto& step : metrics.steps) {
        family.add({{"step", step.name}}, step.seconds);
    }
    return family.text();
}

std::string daemons(const Metrics& metrics) {
    Family running("driverctl_daemon_up", "gauge", "1 while the daemon runs.");
    Family restarts("driverctl_daemon_restarts_total", "counter",
                    "How often the daemon was started again after it had ended.");
    for (const auto& daemon : metrics.daemons) {
        running.add({{"daemon", daemon.name}}, daemon.running ? 1 : 0);
        restarts.add({{"daemon", daemon.name}}, daemon.restarts);
    }
    return running.text() + restarts.text();
}

std::string modules(const Metrics& metrics) {
    Family family("driverctl_module_references", "gauge",
                  "The kernel module's reference count: who holds it.");
    for (const auto& module : metrics.modules) {
        family.add({{"module", module.name}}, static_cast<double>(module.references));
    }
    return family.text();
}

} // namespace

std::string metricsText(const Metrics& metrics) {
    const auto build = Family("driverctl_build_info", "gauge", "The version of driverctl.")
                           .add({{"version", metrics.version}}, 1)
                           .text();
    return build + driverInfo(metrics) + phase(metrics) + gpus(metrics) + steps(metrics) +
           daemons(metrics) + modules(metrics);
}

} // namespace loader
