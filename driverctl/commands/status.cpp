#include "driverctl/commands/all.h"

#include "driverctl/report/observer.h"
#include "driverctl/report/print.h"
#include "driverctl/report/status_report.h"
#include "loader/daemons/daemon_processes.h"
#include "loader/loaded_driver.h"
#include "loader/state.h"

namespace driverctl {

namespace {

StatusReport look(const std::filesystem::path& runDir) {
    StatusReport report;
    report.modules = loader::loadedDriver();
    report.state = loader::lastState(runDir, logObserver());
    report.alive = report.state && loader::isAlive(*report.state);
    if (report.state) {
        for (const auto& daemon : loader::runningDaemons(*report.state)) {
            report.daemons.insert(daemon.pid);
        }
    }
    report.holders = loader::usersOfDriver(report.alive ? report.daemons : std::set<pid_t>{});
    return report;
}

ExitCode status(const Settings& settings, const Arguments& /*arguments*/) {
    printReport(look(settings.get(&loader::LifeSettings::runDir)), settings);
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
