#include "driverctl/report/log.h"

#include "host/base/printable.h"
#include "host/base/secret.h"

#include <chrono>
#include <ctime>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

namespace driverctl {

namespace {

struct State {
    LogFormat format = LogFormat::Text;
    Terminal terminal = Terminal::Coloured;
    std::shared_ptr<spdlog::logger> logger = spdlog::stderr_color_st("driverctl");
};

/// spdlog's pattern: a clock and colours for people at a terminal, bare lines elsewhere.
void setPattern(State& state) {
    const bool terminal = state.format == LogFormat::Text && ::isatty(STDERR_FILENO) == 1;
    const bool colours = state.terminal == Terminal::Coloured;
    state.logger->set_pattern(!terminal ? "%v" : colours ? "%H:%M:%S %^%v%$" : "%H:%M:%S %v");
}

State& state() {
    static State instance = [] {
        State fresh;
        setPattern(fresh);
        return fresh;
    }();
    return instance;
}

spdlog::level::level_enum toSpdlog(LogLevel level) {
    switch (level) {
    case LogLevel::Debug:
        return spdlog::level::debug;
    case LogLevel::Info:
        return spdlog::level::info;
    case LogLevel::Warning:
        return spdlog::level::warn;
    case LogLevel::Error:
        return spdlog::level::err;
    }
    return spdlog::level::err;
}

std::string_view nameOf(LogLevel level) {
    switch (level) {
    case LogLevel::Debug:
        return "debug";
    case LogLevel::Info:
        return "info";
    case LogLevel::Warning:
        return "warning";
    case LogLevel::Error:
        return "error";
    }
    return "error";
}

/// Every string in `value` without its secrets.
nlohmann::json shown(const nlohmann::json& value) {
    if (value.is_string()) {
        return host::withoutSecrets(value.get_ref<const std::string&>());
    }
    nlohmann::json copy = value;
    if (copy.is_structured()) {
        for (auto& item : copy) {
            item = shown(item);
        }
    }
    return copy;
}

std::string now() {
    const auto time =
        std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
    return fmt::format("{:%FT%T}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(time)),
                       time.time_since_epoch().count() % 1000);
}

} // namespace

void configureLog(LogFormat format, LogLevel level, Terminal terminal) {
    state().format = format;
    state().terminal = terminal;
    state().logger->set_level(toSpdlog(level));
    setPattern(state());
}

bool logsToTerminal() {
    return state().format == LogFormat::Text && state().terminal != Terminal::Dumb &&
           ::isatty(STDERR_FILENO) == 1 && state().logger->should_log(spdlog::level::info);
}

void log(LogLevel level, std::string_view message) {
    log(level, message, nullptr);
}

void log(LogLevel level, std::string_view message, const nlohmann::json& fields) {
    if (state().format == LogFormat::Text) {
        const bool marked = level == LogLevel::Warning || level == LogLevel::Error;
        state().logger->log(toSpdlog(level), "{}{}{}", marked ? nameOf(level) : "",
                            marked ? ": " : "",
                            host::printableMessage(host::withoutSecrets(message)));
        return;
    }
    nlohmann::ordered_json line = {
        {"time", now()}, {"level", nameOf(level)}, {"message", host::withoutSecrets(message)}};
    if (fields.is_object()) {
        for (const auto& [key, value] : fields.items()) {
            line[key] = shown(value);
        }
    }
    // Bytes that are no UTF-8 (a compiler's output, say) must not end the program.
    const auto text = line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    state().logger->log(toSpdlog(level), "{}", host::printable(text));
}

} // namespace driverctl
