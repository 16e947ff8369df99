/// The program's log: text for people or JSON lines, on stderr. Libraries throw, or tell through
/// host::Observer, which observer.h shows here.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace driverctl {

enum class LogFormat { Text, Json };
enum class LogLevel { Debug, Info, Warning, Error };

/// What stderr can show when it is a terminal; elsewhere text has bare lines.
enum class Terminal {
    Coloured,
    Plain, ///< no colours
    Dumb,  ///< and nothing that moves the cursor
};

/// At the start of the program; before it the format is text and the level Info.
void configureLog(LogFormat format, LogLevel level, Terminal terminal = Terminal::Coloured);

/// True when text goes to a terminal that is not dumb and Info is shown: where a progress bar makes
/// sense.
bool logsToTerminal();

/// One line; further lines of a message begin with two blanks. What cannot be printed is replaced
/// (host/printable.h) and secrets are hidden (host/secret.h), so that a message may quote anything.
/// `fields` is an object with what a program wants to know; it shows in JSON only, so the message
/// has to be complete without it.
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

} // namespace driverctl
