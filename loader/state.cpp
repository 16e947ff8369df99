#include "loader/state.h"

#include "host/error.h"
#include "host/file.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sstream>

namespace loader {

namespace {

constexpr std::size_t kLargestState = 1 << 20;
constexpr int kFormat = 1;
constexpr int kStartTimeField = 22; // proc(5)

} // namespace

std::filesystem::path stateFile(const std::filesystem::path& runDirectory) {
    return runDirectory / "driverctl/state.json";
}

void writeState(const std::filesystem::path& runDirectory, const NodeState& state) {
    nlohmann::ordered_json steps = nlohmann::ordered_json::array();
    for (const auto& step : state.steps) {
        steps.push_back({{"name", step.name}, {"milliseconds", step.milliseconds}});
    }
    const nlohmann::ordered_json json = {{"format", kFormat},
                                         {"boot_id", state.bootId},
                                         {"pid", state.pid},
                                         {"start_time", state.startTime},
                                         {"phase", state.phase},
                                         {"since", state.since},
                                         {"driver", state.driver},
                                         {"flavour", state.flavour},
                                         {"kernel", state.kernel},
                                         {"package", state.package},
                                         {"package_sha256", state.packageSha256},
                                         {"foreign_firmware_path", state.foreignFirmwarePath},
                                         {"persistence_daemon", state.persistenceDaemon},
                                         {"steps", steps}};
    const auto file = stateFile(runDirectory);
    std::filesystem::create_directories(file.parent_path());
    host::writeFileAtomic(file, json.dump(2) + "\n");
}

std::optional<NodeState> readState(const std::filesystem::path& runDirectory) {
    const auto file = stateFile(runDirectory);
    const auto text = host::readFileIfExists(file, kLargestState);
    if (!text) {
        return std::nullopt;
    }
    try {
        const auto json = nlohmann::json::parse(*text);
        NodeState state;
        state.bootId = json.at("boot_id");
        state.pid = json.at("pid");
        state.startTime = json.at("start_time");
        state.phase = json.at("phase");
        state.since = json.at("since");
        state.driver = json.at("driver");
        state.flavour = json.at("flavour");
        state.kernel = json.at("kernel");
        state.package = json.at("package");
        state.packageSha256 = json.at("package_sha256");
        state.foreignFirmwarePath = json.at("foreign_firmware_path");
        state.persistenceDaemon = json.at("persistence_daemon");
        for (const auto& step : json.at("steps")) {
            state.steps.push_back({step.at("name"), step.at("milliseconds")});
        }
        return state;
    } catch (const nlohmann::json::exception& error) {
        throw host::Error(fmt::format("{} is damaged: {}", file.string(), error.what()),
                          "Remove it; it only describes a driver that was loaded.");
    }
}

void removeState(const std::filesystem::path& runDirectory) {
    std::filesystem::remove(stateFile(runDirectory));
}

std::string bootId(const std::filesystem::path& proc) {
    return host::readLineIfExists(proc / "sys/kernel/random/boot_id").value_or("");
}

std::optional<std::uint64_t> startTimeOf(pid_t pid, const std::filesystem::path& proc) {
    const auto text = host::readFileIfExists(proc / std::to_string(pid) / "stat");
    const auto close = text ? text->rfind(')') : std::string::npos; // the name may hold anything
    if (close == std::string::npos) {
        return std::nullopt;
    }
    std::istringstream fields(text->substr(close + 1));
    std::string field;
    for (int number = 3; number <= kStartTimeField; ++number) {
        fields >> field;
    }
    return fields ? std::optional<std::uint64_t>(std::stoull(field)) : std::nullopt;
}

bool isAlive(const NodeState& state, const std::filesystem::path& proc) {
    return state.bootId == bootId(proc) && startTimeOf(state.pid, proc) == state.startTime;
}

} // namespace loader
