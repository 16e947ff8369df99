#include "precompile/matrix/child_log.h"

#include "host/base/error.h"
#include "host/base/json.h"
#include "host/base/printable.h"

#include <fmt/format.h>

namespace precompile {

namespace {

std::string textIn(const host::JsonValue& line, std::string_view field) {
    const auto value = line.find(field);
    return value ? value->text() : "";
}

} // namespace

std::optional<LogEntry> parseLogEntry(std::string_view line) {
    if (!line.starts_with('{')) {
        return std::nullopt;
    }
    try {
        const host::JsonValue value(std::string(line), {.refusal = "the line"});
        LogEntry entry{.level = value.at("level").text(), .message = value.at("message").text()};
        if (const auto code = value.find("exit_code")) {
            entry.end = {.exitCode = code->integer<int>(),
                         .cause = textIn(value, "cause"),
                         .remedy = textIn(value, "remedy")};
        }
        return entry;
    } catch (const host::Error&) { // somebody else's braces
        return std::nullopt;
    }
}

std::string toText(const LogEntry& entry) {
    const bool marked = entry.level == "warning" || entry.level == "error";
    return fmt::format("{}{}{}", marked ? entry.level : "", marked ? ": " : "",
                       host::printableMessage(entry.message));
}

} // namespace precompile
