#include "driverctl/commands/all.h"

#include "driverctl/container_access.h"
#include "driverctl/report/print.h"
#include "driverctl/report/remedy.h"
#include "host/base/error.h"
#include "loader/driver_root.h"
#include "loader/instance.h"
#include "loader/markers.h"
#include "loader/readiness.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <iterator>

namespace driverctl {

namespace {

enum class Probe { Startup, Readiness, Liveness };

ExitCode answer(const std::vector<std::string>& reasons, std::string_view good) {
    print("{}\n",
          reasons.empty() ? std::string(good) : fmt::format("{}", fmt::join(reasons, "; ")));
    return reasons.empty() ? ExitCode::Done : ExitCode::Failed;
}

/// By init's lock and not by its record: it has no record while it fetches or builds, and one that
/// is damaged is no reason to end it.
ExitCode liveness(const std::filesystem::path& runDir) {
    const bool alive = loader::Instance::isHeld(loader::driverPidFile(runDir));
    return answer(alive ? std::vector<std::string>{}
                        : std::vector<std::string>{"init does not run"},
                  "alive");
}

std::vector<std::string> reasonsNotServing(const loader::LifeSettings& life) {
    try {
        const auto state = loader::readState(life.runDir);
        const loader::DriverRoot root(life.runDir, host::systemNodeActions());
        auto reasons = reasonsNotReady(life.persistence, root, state);
        if (state && state->phase == loader::Phase::Ready) {
            std::ranges::move(reasonsNotUsable(*state, life.runDir), std::back_inserter(reasons));
        }
        return reasons;
    } catch (const host::Error& error) { // the record, say, is damaged
        return {tell(error)};
    }
}

ExitCode startup(const loader::LifeSettings& life, const std::vector<std::string>& reasons) {
    if (reasons.empty()) {
        loader::Markers(life.runDir, host::systemNodeActions())
            .writeContainerReady({.gdrCopy = life.gdrCopy,
                                  .gpuDirectStorage = life.gpuDirectStorage,
                                  .gpuDirectRdma = life.gpuDirectRdma});
    }
    return answer(reasons, "started");
}

ExitCode probe(const Settings& settings, const Arguments& arguments) {
    const loader::LifeSettings life{
        .runDir = settings.get(&loader::LifeSettings::runDir),
        .persistence = settings.get(&loader::LifeSettings::persistence),
        .gpuDirectRdma = settings.get(&loader::LifeSettings::gpuDirectRdma),
        .gpuDirectStorage = settings.get(&loader::LifeSettings::gpuDirectStorage),
        .gdrCopy = settings.get(&loader::LifeSettings::gdrCopy)};
    const auto asked = arguments.choice<Probe>("probe");
    if (asked == Probe::Liveness) {
        return liveness(life.runDir);
    }
    const auto reasons = reasonsNotServing(life);
    return asked == Probe::Startup ? startup(life, reasons) : answer(reasons, "ready");
}

} // namespace

const Command kProbe = {
    .name = "probe",
    .summary = "Answer a startup, readiness or liveness probe with one line and exit code 0 or 1",
    .settings = {"run-dir", "persistence", "gpu-direct-rdma", "gpu-direct-storage", "gdrcopy"},
    .arguments = {{.name = "probe",
                   .placeholder = "WORD",
                   .help = "What is asked",
                   .choices = {{"startup", Probe::Startup},
                               {"readiness", Probe::Readiness},
                               {"liveness", Probe::Liveness}}}},
    .run = probe,
};

} // namespace driverctl
