#include "driverctl/report/observer.h"

#include "driverctl/report/log.h"
#include "driverctl/report/progress.h"
#include "driverctl/report/remedy.h"

#include <memory>
#include <optional>
#include <string>

namespace driverctl {

namespace {

/// The work that goes on, and its bar.
struct Shown {
    std::string work;
    std::optional<Progress> progress;
};

void show(Shown& shown, const host::WorkDone& now) {
    if (!shown.progress || shown.work != now.work) {
        shown.progress.reset(); // ends the bar's line before the next one begins
        shown.work = now.work;
        shown.progress.emplace(shown.work, now.unit);
    }
    shown.progress->update(now.done, now.total);
}

} // namespace

host::Observer logObserver() {
    const auto shown = std::make_shared<Shown>();
    return {.stage =
                [shown](const std::string& work) {
                    shown->progress.reset();
                    logInfo(work + "...");
                },
            .progress = [shown](const host::WorkDone& now) { show(*shown, now); },
            .note = logInfo,
            .warn = logWarning,
            .forgive = [](const host::Error& error) { logWarning(tell(error)); }};
}

} // namespace driverctl
