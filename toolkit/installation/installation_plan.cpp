#include "toolkit/installation/installation_plan.h"

#include "host/base/error.h"
#include "toolkit/installation/runtime_arguments.h"

#include <algorithm>
#include <fmt/format.h>
#include <string_view>
#include <utility>

namespace toolkit {

namespace fs = std::filesystem;

namespace {

constexpr std::pair<std::string_view, RestartMode> kModes[] = {
    {"auto", RestartMode::Auto},
    {"signal", RestartMode::Signal},
    {"systemd", RestartMode::Systemd},
    {"none", RestartMode::None},
};

RestartMode modeOf(std::string_view word) {
    const auto* const mode =
        std::ranges::find(kModes, word, [](const auto& row) { return row.first; });
    if (mode == std::end(kModes)) {
        throw host::Error(host::Fault::Usage,
                          fmt::format("RUNTIME_ARGS: the restart mode cannot be '{}'", word),
                          "Give auto, signal, systemd or none.");
    }
    return mode->second;
}

ConfigMode modeOf(const RuntimeArguments& words, const InstallSettings& install) {
    if (!words.configMode) {
        return install.mode;
    }
    if (*words.configMode == "config") {
        return ConfigMode::Runtime;
    }
    if (*words.configMode != "hook") {
        throw host::Error(
            host::Fault::Usage,
            fmt::format("RUNTIME_ARGS: the config mode cannot be '{}'", *words.configMode),
            "Give config or hook.");
    }
    return ConfigMode::Hook;
}

void refuseOfRuntimes(const runtimes::RuntimeSettings& settings) {
    if (settings.setAsDefault || settings.enableCdi) {
        throw host::Error(
            host::Fault::Usage,
            fmt::format("a hook is configured, and no runtime: it cannot {}",
                        settings.setAsDefault ? "be the default one" : "let it read CDI"),
            "Leave {set-as-default} and {enable-cdi} out, or {config-mode}.");
    }
}

/// docker's own DOCKER_CONFIG is the directory of a user's files, and no daemon's.
fs::path fileIn(const fs::path& config) {
    std::error_code none;
    return fs::is_directory(config, none) ? fs::path() : config;
}

} // namespace

InstallationPlan planFor(const InstallSettings& install, const runtimes::RuntimeSettings& runtime,
                         const fs::path& directory) {
    const auto words = parseRuntimeArguments(install.arguments);
    InstallationPlan plan{.directory = fs::absolute(directory).lexically_normal(),
                          .config = install.files,
                          .runtime = runtime,
                          .runtimeConfig = words.config.value_or(fileIn(install.config)),
                          .dropIn = words.dropIn.value_or(install.dropIn),
                          .restart =
                              words.restartMode ? modeOf(*words.restartMode) : install.restart,
                          .socket = words.socket.value_or(install.socket),
                          .pidFile = install.pidFile};
    plan.runtime->name = words.runtimeName.value_or(runtime.name);
    plan.runtime->setAsDefault = words.setAsDefault.value_or(runtime.setAsDefault);
    plan.runtime->enableCdi = words.enableCdi.value_or(runtime.enableCdi);
    if (modeOf(words, install) == ConfigMode::Hook) {
        refuseOfRuntimes(*plan.runtime);
        plan.hooks = words.hooks.value_or(install.hooks);
    }
    if (runtime.isNone) {
        plan.runtime.reset();
    }
    return plan;
}

} // namespace toolkit
