#include "driverctl/termination_log.h"

#include "host/base/error.h"
#include "host/base/fd.h"
#include "host/base/printable.h"
#include "host/base/secret.h"

#include <fcntl.h>
#include <string>

namespace driverctl {

namespace {

constexpr std::size_t kMost = 4096; ///< Kubernetes: MaxContainerTerminationMessageLength

/// The beginning, without half a character at its end.
std::string shortened(std::string text) {
    constexpr std::string_view kMore = "…";
    if (text.size() <= kMost) {
        return text;
    }
    const auto isRest = [](char byte) { return (static_cast<unsigned char>(byte) & 0xc0) == 0x80; };
    std::size_t end = kMost - kMore.size();
    while (end > 0 && isRest(text[end])) {
        --end;
    }
    return text.replace(end, std::string::npos, kMore);
}

} // namespace

TerminationLog::TerminationLog(std::filesystem::path file, host::Observer observer)
    : file_(std::move(file)), observer_(std::move(observer)) {}

void TerminationLog::write(std::string_view message) const {
    try {
        const host::Fd file = host::openFile(file_, O_WRONLY | O_TRUNC | O_NONBLOCK | O_NOCTTY);
        host::writeAll(file.get(), shortened(host::printableMessage(host::withoutSecrets(message))),
                       file_.string());
    } catch (const host::SystemError& error) {
        if (error.code() != ENOENT) {
            observer_.warn(error.what());
        }
    }
}

} // namespace driverctl
