#include "toolkit/installation/activation.h"

#include "host/base/error.h"
#include "host/base/json.h"
#include "host/base/text.h"
#include "host/process/process.h"
#include "toolkit/installation/daemon_process.h"

#include <chrono>
#include <csignal>
#include <fmt/format.h>
#include <thread>

namespace toolkit {

namespace fs = std::filesystem;
using runtimes::Runtime;

namespace {

constexpr std::chrono::milliseconds kStep{50};
constexpr int kSteps = 100;

/// What docker says of itself.
host::JsonValue dockersInfo(const fs::path& socket) {
    const auto answer = askDaemon(socket, "/info");
    const auto blankLine = answer.find("\r\n\r\n");
    return {blankLine == std::string::npos ? "" : answer.substr(blankLine + 4),
            {.refusal = "docker's answer is none: it"}};
}

bool dockerHas(const fs::path& socket, const std::string& runtime) {
    const auto runtimes = dockersInfo(socket).find("Runtimes");
    return runtimes && runtimes->find(runtime);
}

fs::path socketOf(const Activation& activation) {
    if (!activation.socket.empty()) {
        return activation.socket;
    }
    switch (activation.runtime) {
    case Runtime::Docker:
        return "/run/docker.sock";
    case Runtime::Containerd:
        return "/run/containerd/containerd.sock";
    case Runtime::Crio:
        return "/run/crio/crio.sock";
    case Runtime::Podman:
        break;
    }
    return {};
}

void signalDaemon(const Activation& activation) {
    const auto socket = socketOf(activation);
    const auto onHost = fmt::format("Run '{}' on the host", activation.command);
    try {
        if (const auto process = daemonBehind(socket)) {
            process->signal(SIGHUP);
            return;
        }
    } catch (const host::SystemError& error) {
        throw host::Error(
            fmt::format("{} cannot be told: {}", toString(activation.runtime), error.what()),
            onHost + ", or mount its socket into the container.");
    }
    throw host::Error(fmt::format("{} cannot be told: its process is in a PID namespace that is "
                                  "not seen from here",
                                  toString(activation.runtime)),
                      onHost + ", or give the container --pid=host.");
}

void restartService(const Activation& activation) {
    if (!activation.hostRoot) {
        throw host::Error(fmt::format("'{}' cannot be run: the host's root does not show here",
                                      activation.command),
                          "Give the container --pid=host, or -v /:/host.");
    }
    host::runChecked({.argv = host::split(activation.command, ' '), .root = *activation.hostRoot});
}

bool leaveToPeople(const Activation& activation, const host::Observer& observer) {
    observer.note(fmt::format("{} learns of it when it reads its configuration again: run '{}' on "
                              "the host",
                              toString(activation.runtime), activation.command));
    return false;
}

/// docker reads on a signal all that it has not to be restarted for. The signal ends containerd,
/// whose service starts it again.
bool signal(const Activation& activation, const host::Observer& observer) {
    signalDaemon(activation);
    const bool isEnough = activation.runtime != Runtime::Docker ||
                          activation.command.find(" restart ") == std::string::npos;
    return isEnough || leaveToPeople(activation, observer);
}

/// What nobody has asked for in these words.
bool tryToSignal(const Activation& activation, const host::Observer& observer) {
    try {
        return signal(activation, observer);
    } catch (const host::Error& error) {
        observer.forgive(error);
        return false;
    }
}

} // namespace

bool activate(const Activation& activation, const host::Observer& observer) {
    if (activation.command.empty()) {
        return true;
    }
    switch (activation.mode) {
    case RestartMode::Signal:
        return signal(activation, observer);
    case RestartMode::Systemd:
        restartService(activation);
        return true;
    case RestartMode::None:
        return leaveToPeople(activation, observer);
    case RestartMode::Auto:
        break;
    }
    return activation.runtime == Runtime::Docker ? tryToSignal(activation, observer)
                                                 : leaveToPeople(activation, observer);
}

std::optional<host::Error> doubtOfDocker(const Activation& activation, const std::string& runtime) {
    const auto socket = socketOf(activation);
    try {
        for (int step = 0; step < kSteps; ++step) {
            if (dockerHas(socket, runtime)) {
                return std::nullopt;
            }
            std::this_thread::sleep_for(kStep);
        }
    } catch (const host::Error& error) {
        return error;
    }
    return host::Error(
        fmt::format("docker has read its configuration, and has no runtime {}", runtime),
        "Its log says why; in a container, mount the host's /etc/docker.");
}

bool dockerDefaultsTo(const Activation& activation, const std::string& runtime) {
    try {
        const auto name = dockersInfo(socketOf(activation)).find("DefaultRuntime");
        return name && name->text() == runtime;
    } catch (const host::Error&) {
        return false; // it does not run: what it reads when it starts is without us
    }
}

} // namespace toolkit
