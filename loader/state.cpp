#include "loader/state.h"

#include "host/base/error.h"
#include "host/base/file.h"
#include "host/base/json.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace loader {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kLargestState = 1 << 20;
constexpr int kFormat = 2;
constexpr Phase kPhases[] = {Phase::Starting, Phase::Ready, Phase::Stopping, Phase::Kept};

Json toJson(const host::ProcessIdentity& process) {
    return {{"pid", process.pid}, {"start_time", process.startTime}};
}

host::ProcessIdentity processFrom(const host::JsonValue& process) {
    return {process.at("pid").integer<pid_t>(), process.at("start_time").integer<std::uint64_t>()};
}

/// A list that records of earlier releases lack.
std::vector<std::filesystem::path> pathsFrom(const std::optional<host::JsonValue>& list) {
    const auto texts = list ? list->texts() : std::vector<std::string>{};
    return {texts.begin(), texts.end()};
}

Phase phaseFrom(const host::JsonValue& name) {
    for (const Phase phase : kPhases) {
        if (toString(phase) == name.text()) {
            return phase;
        }
    }
    name.fail(fmt::format("is no phase: '{}'", name.text()));
}

Json toJson(const std::vector<std::filesystem::path>& paths) {
    Json texts = Json::array();
    for (const auto& path : paths) {
        texts.push_back(path.string());
    }
    return texts;
}

Json toJson(const NodeState& state) {
    Json modules = Json::array();
    for (const auto& module : state.modules) {
        modules.push_back({{"name", module.name}, {"parameters", module.parameters}});
    }
    Json daemons = Json::array();
    for (const auto& daemon : state.daemons) {
        daemons.push_back({{"name", daemon.name},
                           {"process", toJson(daemon.process)},
                           {"restarts", daemon.restarts}});
    }
    Json steps = Json::array();
    for (const auto& step : state.steps) {
        steps.push_back({{"name", step.name},
                         {"start", step.start},
                         {"milliseconds", step.milliseconds},
                         {"result", step.result}});
    }
    return {{"format", kFormat},
            {"boot_id", state.bootId},
            {"process", toJson(state.process)},
            {"phase", toString(state.phase)},
            {"since", state.since},
            {"adopted", state.adopted},
            {"driver", state.driver},
            {"flavour", state.flavour},
            {"kernel", state.kernel},
            {"package", state.package},
            {"package_sha256", state.packageSha256},
            {"sources", state.sources},
            {"config_digest", state.configDigest},
            {"foreign_firmware_path", state.foreignFirmwarePath},
            {"modules", modules},
            {"daemons", daemons},
            {"nodes", toJson(state.nodes)},
            {"made_nodes", toJson(state.madeNodes)},
            {"container_files", toJson(state.containerFiles)},
            {"toolkit", state.toolkit.string()},
            {"steps", steps}};
}

NodeState stateFrom(const host::JsonValue& document) {
    if (const int format = document.at("format").integer<int>(); format != kFormat) {
        document.at("format").fail(fmt::format("is {}, not {}", format, kFormat));
    }
    const auto text = [&document](const char* field) { return document.at(field).text(); };
    NodeState state;
    state.bootId = text("boot_id");
    state.process = processFrom(document.at("process"));
    state.phase = phaseFrom(document.at("phase"));
    state.since = document.at("since").integer<std::int64_t>();
    state.adopted = document.at("adopted").flag();
    state.driver = text("driver");
    state.flavour = text("flavour");
    state.kernel = text("kernel");
    state.package = text("package");
    state.packageSha256 = text("package_sha256");
    state.sources = text("sources");
    state.configDigest = text("config_digest");
    state.foreignFirmwarePath = text("foreign_firmware_path");
    for (const auto& module : document.at("modules").list()) {
        state.modules.push_back({module.at("name").text(), module.at("parameters").text()});
    }
    for (const auto& daemon : document.at("daemons").list()) {
        state.daemons.push_back({daemon.at("name").text(), processFrom(daemon.at("process")),
                                 daemon.at("restarts").integer<unsigned>()});
    }
    for (const auto& node : document.at("nodes").texts()) {
        state.nodes.emplace_back(node);
    }
    state.madeNodes = pathsFrom(document.find("made_nodes"));
    state.containerFiles = pathsFrom(document.find("container_files"));
    if (const auto toolkit = document.find("toolkit")) { // records of earlier releases lack it
        state.toolkit = toolkit->text();
    }
    for (const auto& step : document.at("steps").list()) {
        state.steps.push_back({step.at("name").text(), step.at("start").integer<std::int64_t>(),
                               step.at("milliseconds").integer<std::int64_t>(),
                               step.at("result").text()});
    }
    return state;
}

} // namespace

std::string_view toString(Phase phase) {
    switch (phase) {
    case Phase::Starting:
        return "starting";
    case Phase::Ready:
        return "ready";
    case Phase::Stopping:
        return "stopping";
    case Phase::Kept:
        return "kept";
    }
    return "unknown";
}

std::filesystem::path stateFile(const std::filesystem::path& runDirectory) {
    return runDirectory / "driverctl/state.json";
}

void writeState(host::NodeActions& actions, const std::filesystem::path& runDirectory,
                const NodeState& state) {
    actions.writeFile(stateFile(runDirectory),
                      toJson(state).dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

std::optional<NodeState> readState(const std::filesystem::path& runDirectory) {
    const auto file = stateFile(runDirectory);
    const auto text = host::readRegularFileIfExists(file, kLargestState);
    if (!text) {
        return std::nullopt;
    }
    return stateFrom({*text,
                      {.refusal = file.string() + " is damaged",
                       .remedy = "Remove it, and start init again, which writes it anew."}});
}

std::optional<NodeState> lastState(const std::filesystem::path& runDirectory,
                                   const host::Observer& observer) {
    try {
        return readState(runDirectory);
    } catch (const host::Error& error) {
        observer.warn(fmt::format("{}; it counts as none", error.what()));
        return std::nullopt;
    }
}

void removeState(host::NodeActions& actions, const std::filesystem::path& runDirectory) {
    actions.remove(stateFile(runDirectory));
}

bool isAlive(const NodeState& state, const std::filesystem::path& proc) {
    return state.bootId == host::bootId(proc) && host::isRunning(state.process, proc);
}

} // namespace loader
