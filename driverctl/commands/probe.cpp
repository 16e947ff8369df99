#include "driverctl/commands/all.h"

#include "driverctl/readiness.h"
#include "driverctl/report/print.h"
#include "loader/markers.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace driverctl {

namespace {

ExitCode answer(const std::vector<std::string>& reasons, std::string_view good) {
    print("{}\n",
          reasons.empty() ? std::string(good) : fmt::format("{}", fmt::join(reasons, "; ")));
    return reasons.empty() ? ExitCode::Done : ExitCode::Failed;
}

ExitCode liveness(const std::optional<loader::NodeState>& state) {
    const bool alive = state && loader::isAlive(*state);
    return answer(alive ? std::vector<std::string>{}
                        : std::vector<std::string>{"init does not run"},
                  "alive");
}

ExitCode startup(const Options& options, const std::vector<std::string>& reasons) {
    if (reasons.empty()) {
        loader::Markers(options.life.runDir)
            .writeContainerReady({.gdrCopy = options.life.gdrCopy,
                                  .gpuDirectStorage = options.life.gpuDirectStorage,
                                  .gpuDirectRdma = options.life.gpuDirectRdma});
    }
    return answer(reasons, "started");
}

ExitCode probe(const Options& options) {
    const auto state = loader::readState(options.life.runDir);
    if (options.arguments.probe == Probe::Liveness) {
        return liveness(state);
    }
    const auto reasons = reasonsNotReady(options, state);
    return options.arguments.probe == Probe::Startup ? startup(options, reasons)
                                                     : answer(reasons, "ready");
}

} // namespace

const Command kProbe = {
    .name = "probe",
    .description =
        "Answer a startup, readiness or liveness probe with one line and exit code 0 or 1",
    .settings = {"run-dir", "persistence", "gpu-direct-rdma", "gpu-direct-storage", "gdrcopy"},
    .run = probe,
    .arguments = {{"probe"}},
};

} // namespace driverctl
