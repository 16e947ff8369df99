/// The log of the commands: text for people or JSON lines, on stderr. Only driverctl/ uses it;
/// libraries throw.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace host {

enum class LogFormat { Text, Json };
enum class LogLevel { Debug, Info, Warning, Error };

/// Once, at the start of the program; before it the format is text and the level Info.
void configureLog(LogFormat format, LogLevel level);

/// True when text goes to a terminal and Info is shown: where a progress bar makes sense.
bool logsToTerminal();

/// One line; what cannot be printed is replaced (host/printable.h), so that a message may quote
/// anything, and further lines of a message begin with two blanks. `fields` is an object with what a program wants to know; it shows in JSON only, so the
/// message has to be complete without it.
void log(LogLevel level, std::string_view message);
void log(LogLevel level, std::string_view message, const nlohmann::json& fields);

inline void logDebug(std::string_view message) {
    log(LogLevel::Debug, message);
}
inline void logInfo(std::string_view message) {
    log(LogLevel::Info, message);
}
inline void logWarning(std::string_view message) {
    log(LogLevel::Warning, message);
}
inline void logError(std::string_view message) {
    log(LogLevel::Error, message);
}

} // namespace host
