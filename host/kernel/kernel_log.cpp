#include "host/kernel/kernel_log.h"

#include <cerrno>
#include <fcntl.h>
#include <string_view>
#include <unistd.h>

namespace host {

namespace {

constexpr std::size_t kLongestRecord = 8192; ///< CONSOLE_EXT_LOG_MAX of kernel/printk

/// "6,1234,5678,-;the message\n KEY=value…" (Documentation/ABI/testing/dev-kmsg).
std::string messageOf(std::string_view record) {
    const auto start = record.find(';');
    if (start == std::string_view::npos) {
        return "";
    }
    record.remove_prefix(start + 1);
    return std::string(record.substr(0, record.find('\n')));
}

} // namespace

KernelLog::KernelLog() : fd_(::open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC)) {
    if (fd_ && ::lseek(fd_.get(), 0, SEEK_END) < 0) {
        fd_.reset();
    }
}

std::vector<std::string> KernelLog::take(std::size_t limit) {
    std::vector<std::string> messages;
    char buffer[kLongestRecord];
    while (fd_ && messages.size() < limit) {
        const ssize_t count = ::read(fd_.get(), buffer, sizeof buffer);
        if (count < 0 && (errno == EPIPE || errno == EINTR)) {
            continue; // EPIPE: a record was overwritten, the next read goes on behind it
        }
        if (count <= 0) {
            break;
        }
        messages.push_back(messageOf({buffer, static_cast<std::size_t>(count)}));
    }
    return messages;
}

} // namespace host
