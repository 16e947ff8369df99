#include "host/process/process_identity.h"

#include "host/base/error.h"
#include "host/base/file.h"
#include "host/base/text.h"

namespace host {

namespace {

constexpr std::size_t kStatusField = 3; // proc(5); the first behind the name
constexpr std::size_t kStartTimeField = 22;

} // namespace

std::string bootId(const std::filesystem::path& proc) {
    return readLineIfExists(proc / "sys/kernel/random/boot_id").value_or("");
}

std::optional<ProcessIdentity> identityOf(pid_t pid, const std::filesystem::path& proc) {
    std::optional<std::string> text;
    try {
        text = readFileIfExists(proc / std::to_string(pid) / "stat");
    } catch (const Error&) {
        return std::nullopt; // ESRCH: it ended between open and read
    }
    const auto close = text ? text->rfind(')') : std::string::npos; // the name may hold anything
    if (close == std::string::npos) {
        return std::nullopt;
    }
    const auto fields = words(std::string_view(*text).substr(close + 1));
    constexpr std::size_t kStartTime = kStartTimeField - kStatusField;
    if (fields.size() <= kStartTime || fields[0] == "Z" || fields[0] == "X") {
        return std::nullopt;
    }
    return ProcessIdentity{pid, std::stoull(fields[kStartTime])};
}

bool isRunning(const ProcessIdentity& process, const std::filesystem::path& proc) {
    const auto now = process.pid > 0 ? identityOf(process.pid, proc) : std::nullopt;
    return now && now->startTime == process.startTime;
}

std::optional<PidFd> hold(const ProcessIdentity& process) {
    auto held = process.pid > 0 ? PidFd::open(process.pid) : std::nullopt;
    return held && isRunning(process) ? std::move(held) : std::nullopt;
}

} // namespace host
