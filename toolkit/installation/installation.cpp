#include "toolkit/installation/installation.h"

#include "host/base/error.h"
#include "toolkit/edits/hook_name.h"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace toolkit {

using runtimes::Runtime;
using runtimes::RuntimeSettings;

namespace {

constexpr Runtime kRuntimes[] = {Runtime::Docker, Runtime::Containerd, Runtime::Crio,
                                 Runtime::Podman};

Runtime runtimeOf(const RuntimeSettings& settings) {
    return settings.runtime.value_or(Runtime::Docker);
}

ConfiguredRuntime configuredBy(const InstallationPlan& plan) {
    return {.runtime = std::string(toString(runtimeOf(*plan.runtime))),
            .name = plan.runtime->name,
            .config = plan.runtimeConfig.string(),
            .dropIn = plan.dropIn.string(),
            .hooks = plan.hooks ? std::optional(plan.hooks->string()) : std::nullopt,
            .configHome = plan.runtime->rootless ? plan.runtime->configHome.string() : ""};
}

/// As it was when it was configured.
RuntimeSettings settingsOf(const ConfiguredRuntime& configured) {
    RuntimeSettings settings{.name = configured.name};
    const auto* const known = std::ranges::find(kRuntimes, configured.runtime,
                                                [](Runtime runtime) { return toString(runtime); });
    if (known == std::end(kRuntimes)) {
        throw host::Error(fmt::format("the record of what was installed names the container "
                                      "runtime '{}', which is not known",
                                      configured.runtime));
    }
    settings.runtime = *known;
    if (!configured.configHome.empty()) {
        settings.rootless = true;
        settings.configHome = configured.configHome;
    }
    return settings;
}

} // namespace

Installation::Installation(InstallationPlan plan, const host::Observer& observer,
                           runtimes::DaemonQuestions daemon, runtimes::ConfigFiles files)
    : plan_(std::move(plan)), observer_(observer), daemon_(std::move(daemon)),
      files_(std::move(files)), installed_(plan_.directory, observer) {}

void Installation::putUp() {
    const bool isFirst = !readRecord(plan_.directory);
    installed_.put(toolkitFiles(plan_.programFolders, plan_.config));
    try {
        removeOthers();
        if (plan_.runtime) {
            configure();
        }
    } catch (const host::Error&) {
        if (isFirst) {
            giveUp();
        }
        throw;
    }
}

/// Never replaces the error that made it necessary.
void Installation::giveUp() {
    try {
        takeBack();
    } catch (const host::Error& error) {
        observer_.forgive(error);
    }
}

runtimes::Outcome Installation::change(const ConfiguredRuntime& configured,
                                       const RuntimeSettings& settings, bool removes) const {
    constexpr auto kReal = runtimes::Mode::Real;
    if (configured.hooks) {
        const runtimes::HookWish wish{.runtime = runtimeOf(settings),
                                      .rootless = settings.rootless,
                                      .configHome = settings.configHome,
                                      .directory = *configured.hooks,
                                      .program = plan_.directory / kHookName};
        return removes ? runtimes::removeHook(wish, files_, kReal)
                       : runtimes::configureHook(wish, files_, kReal);
    }
    runtimes::Wish wish{
        .settings = settings, .config = configured.config, .dropIn = configured.dropIn};
    wish.settings.program = plan_.directory / kRuntimeName;
    if (removes) {
        return runtimes::remove(wish, files_, kReal);
    }
    complete(wish, daemon_);
    return runtimes::configure(wish, files_, kReal);
}

Activation Installation::activationOf(Runtime runtime, const runtimes::Outcome& outcome) const {
    return {.runtime = runtime,
            .command = outcome.activation,
            .mode = plan_.restart,
            .socket = plan_.socket,
            .hostRoot = plan_.hostRoot};
}

void Installation::tell(const runtimes::Outcome& outcome) const {
    std::ranges::for_each(outcome.replaced, observer_.note);
    std::ranges::for_each(outcome.warnings, observer_.warn);
}

/// Those that an earlier installation in this directory was wanted for.
void Installation::removeOthers() {
    const auto record = readRecord(plan_.directory);
    for (const auto& configured : record->runtimes) {
        if (!plan_.runtime || configured != configuredBy(plan_)) {
            static_cast<void>(unconfigure(configured));
        }
    }
}

void Installation::configure() {
    const auto configured = configuredBy(plan_);
    auto record = *readRecord(plan_.directory);
    if (std::ranges::find(record.runtimes, configured) == record.runtimes.end()) {
        record.runtimes.push_back(configured);
        writeRecord(plan_.directory, record);
    }
    const auto outcome = change(configured, *plan_.runtime, false);
    tell(outcome);
    const Runtime runtime = runtimeOf(*plan_.runtime);
    auto activation = activationOf(runtime, outcome);
    if (outcome.changes.empty() && runtime == Runtime::Docker) {
        // Who was killed before it told docker is made up for: that disturbs nobody.
        activation.command = "systemctl reload docker";
    }
    if (activate(activation, observer_) && runtime == Runtime::Docker) {
        if (const auto doubt = doubtOfDocker(activation, configured.name)) {
            observer_.forgive(*doubt);
        }
    }
}

/// Whether no daemon starts our programs any more.
bool Installation::unconfigure(const ConfiguredRuntime& configured) {
    const auto settings = settingsOf(configured);
    const Runtime runtime = runtimeOf(settings);
    const auto outcome = host::context(
        fmt::format("the configuration stays, and so does {}", plan_.directory.string()),
        [&] { return change(configured, settings, true); });
    tell(outcome);
    bool isRead = true;
    try {
        isRead = outcome.changes.empty() || activate(activationOf(runtime, outcome), observer_);
    } catch (const host::Error& error) {
        observer_.forgive(error);
        isRead = false;
    }
    if (runtime == Runtime::Docker &&
        dockerDefaultsTo(activationOf(Runtime::Docker, outcome), configured.name)) {
        observer_.warn(fmt::format("docker starts every container with '{}' until it is restarted: "
                                   "run 'systemctl restart docker' on the host",
                                   configured.name));
        isRead = false;
    }
    auto record = *readRecord(plan_.directory);
    std::erase(record.runtimes, configured);
    writeRecord(plan_.directory, record);
    return isRead;
}

void Installation::takeBack() {
    const auto record = readRecord(plan_.directory);
    if (!record) {
        return;
    }
    bool isUsed = false;
    for (const auto& configured : record->runtimes) {
        isUsed = !unconfigure(configured) || isUsed;
    }
    if (isUsed) {
        observer_.note(fmt::format("{} stays: a daemon that has not read its configuration yet "
                                   "starts what is in it",
                                   plan_.directory.string()));
        return;
    }
    installed_.takeBack();
}

} // namespace toolkit
