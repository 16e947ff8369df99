/// The log of a build, which it writes as JSON lines: what a program reads of it, and what people
/// do. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace precompile {

struct LogEntry {
    std::string level;   ///< "debug", "info", "warning", "error"
    std::string message; ///< complete, the remedy of a failure included
    /// Of the entry with which the program ended.
    struct End {
        int exitCode = 0;
        std::string cause;
        std::string remedy;
    };
    std::optional<End> end = {};
};

/// Nothing for a line that is none: what a program below the build printed, or its result.
std::optional<LogEntry> parseLogEntry(std::string_view line);

/// As a log in text has it: "warning: …".
std::string toText(const LogEntry& entry);

} // namespace precompile
