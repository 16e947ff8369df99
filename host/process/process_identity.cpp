#include "host/process/process_identity.h"

#include "host/base/error.h"
#include "host/base/file.h"

#include <sstream>

namespace host {

namespace {

constexpr int kStartTimeField = 22; // proc(5)

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
    std::istringstream fields(text->substr(close + 1));
    std::string status;
    fields >> status;
    std::string field;
    for (int number = 4; number <= kStartTimeField; ++number) {
        fields >> field;
    }
    if (!fields || status == "Z" || status == "X") {
        return std::nullopt;
    }
    return ProcessIdentity{pid, std::stoull(field)};
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
