#include "precompile/build/compile_log.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace precompile {

namespace {

constexpr std::size_t kShownErrors = 3;
constexpr std::size_t kLongestError = 400;

bool contains(std::string_view line, std::string_view part) {
    return line.find(part) != std::string_view::npos;
}

/// "/bin/sh: 1: bc: not found" of dash, "bash: line 1: bc: command not found".
bool isMissingProgram(std::string_view line) {
    return line.ends_with(": not found") || line.ends_with(": command not found");
}

void keep(std::vector<std::string>& lines, std::string_view line) {
    if (lines.size() < kShownErrors) {
        lines.emplace_back(line.substr(0, kLongestError));
    }
}

} // namespace

CompileStep stepOf(std::string_view line) {
    if (line.starts_with(" CONFTEST: ")) {
        return CompileStep::InterfaceTest;
    }
    return line.starts_with("  CC [M]") ? CompileStep::Object : CompileStep::None;
}

void FailureCollector::add(std::string_view line) {
    killed_ = killed_ || contains(line, "Killed signal terminated program") ||
              contains(line, "virtual memory exhausted");
    full_ = full_ || contains(line, "No space left on device");
    if (contains(line, " error: ") || contains(line, "fatal error:") ||
        line.starts_with("ERROR: ") || line.starts_with("ld: ")) {
        keep(errors_, line);
    } else if (contains(line, "*** ") || isMissingProgram(line)) {
        keep(makeErrors_, line);
    }
}

std::string FailureCollector::explain() const {
    const auto& lines = errors_.empty() ? makeErrors_ : errors_;
    std::string text = fmt::format("{}", fmt::join(lines, "\n  "));
    if (killed_) {
        text = "the compiler was killed, memory ran out" + (text.empty() ? "" : "\n  " + text);
    } else if (full_) {
        text = "no space was left" + (text.empty() ? "" : "\n  " + text);
    }
    return text;
}

} // namespace precompile
