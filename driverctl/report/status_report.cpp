#include "driverctl/report/status_report.h"

#include "driverctl/report/print.h"
#include "host/base/time.h"

#include <nlohmann/json.hpp>

namespace driverctl {

namespace {

using Json = nlohmann::ordered_json;

Json modulesJson(const StatusReport& report) {
    Json modules = Json::array();
    for (const auto& module : report.modules) {
        modules.push_back({{"name", module.name},
                           {"version", module.version},
                           {"srcversion", module.sourceVersion},
                           {"references", module.references},
                           {"holders", module.holders}});
    }
    return modules;
}

Json stateJson(const StatusReport& report) {
    if (!report.state) {
        return nullptr;
    }
    Json steps = Json::array();
    for (const auto& step : report.state->steps) {
        steps.push_back({{"name", step.name},
                         {"start", step.start},
                         {"milliseconds", step.milliseconds},
                         {"result", step.result}});
    }
    Json files = Json::array();
    for (const auto& file : report.state->containerFiles) {
        files.push_back(file.string());
    }
    Json daemons = Json::array();
    for (const auto& daemon : report.state->daemons) {
        daemons.push_back({{"name", daemon.name},
                           {"pid", daemon.process.pid},
                           {"running", report.daemons.contains(daemon.process.pid)},
                           {"restarts", daemon.restarts}});
    }
    return {{"alive", report.alive},
            {"pid", report.state->process.pid},
            {"phase", toString(report.state->phase)},
            {"since", report.state->since},
            {"adopted", report.state->adopted},
            {"driver", report.state->driver},
            {"flavour", report.state->flavour},
            {"kernel", report.state->kernel},
            {"package", report.state->package},
            {"package_sha256", report.state->packageSha256},
            {"daemons", daemons},
            {"container_files", files},
            {"steps", steps}};
}

Json usersJson(const gpu::Holders& holders) {
    Json processes = Json::array();
    for (const auto& process : holders.processes) {
        processes.push_back({{"pid", process.pid},
                             {"command", process.command},
                             {"container", process.container},
                             {"pod", process.pod},
                             {"pod_name", process.podName},
                             {"node", process.node}});
    }
    return {{"processes", processes}, {"modules", holders.modules}, {"unseen", holders.unseen}};
}

} // namespace

Json toJson(const StatusReport& report) {
    return {{"loaded", !report.modules.empty()},
            {"modules", modulesJson(report)},
            {"init", stateJson(report)},
            {"users", usersJson(report.holders)}};
}

std::string toText(const StatusReport& report) {
    std::string text = report.modules.empty() ? "The driver is not loaded.\n" : "";
    for (const auto& module : report.modules) {
        text +=
            line("{:<16} {:<12} {} references\n", module.name, module.version, module.references);
    }
    if (report.state) {
        text += line("package          {}\nsince            {}\ninit             pid {}, {}\n",
                     report.state->package, host::utcTime(report.state->since),
                     report.state->process.pid,
                     report.alive ? toString(report.state->phase) : "not running any more");
        for (const auto& file : report.state->containerFiles) {
            text += line("containers see   {}\n", file.string());
        }
    }
    const std::string users = gpu::describe(report.holders);
    return text + line("used by          {}\n", users.empty() ? "nobody" : users);
}

} // namespace driverctl
