#include "driverctl/commands/all.h"

#include "driverctl/report/print.h"
#include "gpu/holders.h"
#include "loader/loaded_driver.h"
#include "loader/state.h"

#include <ctime>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <optional>

namespace driverctl {

namespace {

struct Report {
    std::vector<host::LoadedModule> modules;
    std::optional<loader::NodeState> state;
    bool alive = false; ///< the init that wrote the state still runs
    gpu::Holders holders;
};

Report look(const std::filesystem::path& runDir) {
    Report report;
    report.modules = loader::loadedDriver();
    report.state = loader::readState(runDir);
    report.alive = report.state && loader::isAlive(*report.state);
    std::set<pid_t> own;
    if (report.alive) {
        for (const auto& daemon : report.state->daemons) {
            own.insert(daemon.process.pid);
        }
    }
    report.holders = loader::usersOfDriver(own);
    return report;
}

std::string timeText(std::int64_t seconds) {
    return fmt::format("{:%FT%TZ}", fmt::gmtime(static_cast<std::time_t>(seconds)));
}

nlohmann::ordered_json stateJson(const Report& report) {
    if (!report.state) {
        return nullptr;
    }
    nlohmann::ordered_json steps = nlohmann::ordered_json::array();
    for (const auto& step : report.state->steps) {
        steps.push_back({{"name", step.name},
                         {"start", step.start},
                         {"milliseconds", step.milliseconds},
                         {"result", step.result}});
    }
    nlohmann::ordered_json daemons = nlohmann::ordered_json::array();
    for (const auto& daemon : report.state->daemons) {
        daemons.push_back({{"name", daemon.name},
                           {"pid", daemon.process.pid},
                           {"running", host::isRunning(daemon.process)},
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
            {"steps", steps}};
}

void printJson(const Report& report) {
    nlohmann::ordered_json modules = nlohmann::ordered_json::array();
    for (const auto& module : report.modules) {
        modules.push_back({{"name", module.name},
                           {"version", module.version},
                           {"srcversion", module.sourceVersion},
                           {"references", module.references},
                           {"holders", module.holders}});
    }
    nlohmann::ordered_json processes = nlohmann::ordered_json::array();
    for (const auto& process : report.holders.processes) {
        processes.push_back({{"pid", process.pid},
                             {"command", process.command},
                             {"container", process.container},
                             {"pod", process.pod},
                             {"node", process.node}});
    }
    const nlohmann::ordered_json document = {{"loaded", !report.modules.empty()},
                                             {"modules", modules},
                                             {"init", stateJson(report)},
                                             {"users",
                                              {{"processes", processes},
                                               {"modules", report.holders.modules},
                                               {"unseen", report.holders.unseen}}}};
    printDocument(document);
}

void printText(const Report& report) {
    if (report.modules.empty()) {
        print("The driver is not loaded.\n");
    }
    for (const auto& module : report.modules) {
        print("{:<16} {:<12} {} references\n", module.name, module.version, module.references);
    }
    if (report.state) {
        print("package          {}\nsince            {}\ninit             pid {}, {}\n",
              report.state->package, timeText(report.state->since), report.state->process.pid,
              report.alive ? toString(report.state->phase) : "not running any more");
    }
    const std::string users = gpu::describe(report.holders);
    print("used by          {}\n", users.empty() ? "nobody" : users);
}

ExitCode status(const Settings& settings, const Arguments& /*arguments*/) {
    const Report report = look(settings.get(&loader::LifeSettings::runDir));
    if (settings.get(&CommandSettings::json)) {
        printJson(report);
    } else {
        printText(report);
    }
    return ExitCode::Done;
}

} // namespace

const Command kStatus = {
    .name = "status",
    .summary = "Say what is loaded, from which package, since when, and who uses it",
    .settings = {"json", "run-dir"},
    .run = status,
};

} // namespace driverctl
