#include "toolkit/shim/runtime_log.h"

#include "host/base/error.h"
#include "host/base/time.h"

#include <array>
#include <cerrno>
#include <ctime>
#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace toolkit {

namespace {

constexpr std::array<std::string_view, 4> kWords = {"error", "warning", "info", "debug"};

/// As runc opens its own.
host::Fd openLog(const std::filesystem::path& file) {
    constexpr mode_t kMode = 0644;
    constexpr int kFlags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    return host::Fd(::open(file.c_str(), kFlags, kMode));
}

void write(int fd, const std::string& line) {
    static_cast<void>(::write(fd, line.data(), line.size()) < 0);
}

} // namespace

LogLevel logLevelOf(std::string_view word) {
    constexpr std::pair<std::string_view, LogLevel> kLevels[] = {
        {"panic", LogLevel::Error},     {"fatal", LogLevel::Error},  {"error", LogLevel::Error},
        {"warning", LogLevel::Warning}, {"warn", LogLevel::Warning}, {"debug", LogLevel::Debug},
        {"trace", LogLevel::Debug}};
    for (const auto& [name, level] : kLevels) {
        if (name == word) {
            return level;
        }
    }
    return LogLevel::Info;
}

std::string logLine(LogLevel level, std::string_view message, std::int64_t time, bool asJson) {
    using Json = nlohmann::ordered_json;
    const auto quoted = [](std::string_view text) {
        return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
    };
    const auto word = kWords.at(static_cast<std::size_t>(level));
    const auto* const form =
        asJson ? R"({{"level":"{}","msg":{},"time":"{}"}})" : R"(time="{2}" level={0} msg={1})";
    return fmt::format(fmt::runtime(form), word, quoted(message), host::utcTime(time)) + '\n';
}

void RuntimeLog::open(const std::filesystem::path& file, LogLevel level) {
    std::error_code refused; // openLog() says why
    std::filesystem::create_directories(file.parent_path(), refused);
    file_ = openLog(file);
    level_ = level;
    if (!file_) {
        say(LogLevel::Warning, host::SystemError("write the log", file.string(), errno).what());
    }
}

void RuntimeLog::say(LogLevel level, std::string_view message) {
    const auto now = std::time(nullptr);
    if (file_ && level <= level_) {
        write(file_.get(), logLine(level, message, now, false));
    }
    if (level > LogLevel::Warning) {
        return;
    }
    write(STDERR_FILENO, fmt::format("driverctl-runtime: {}: {}.\n",
                                     kWords.at(static_cast<std::size_t>(level)), message));
    if (const host::Fd log = call_.log.empty() ? host::Fd() : openLog(call_.log)) {
        write(log.get(), logLine(level, message, now, call_.logsJson));
    }
}

} // namespace toolkit
