#include "host/process/signals.h"

#include "host/base/error.h"

#include <csignal>
#include <cstring>
#include <fmt/format.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace host {

namespace {

sigset_t maskOf(const std::vector<int>& signals) {
    sigset_t mask;
    sigemptyset(&mask);
    for (const int number : signals) {
        sigaddset(&mask, number);
    }
    return mask;
}

bool isIgnored(int signal) {
    struct sigaction action {};
    return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

} // namespace

Interrupted::Interrupted(int number)
    : std::runtime_error(fmt::format("interrupted by {}", ::strsignal(number))), number_(number) {}

SignalSet::SignalSet(std::initializer_list<int> signals) : signals_(signals) {
    std::erase_if(signals_, &isIgnored);
    const sigset_t mask = maskOf(signals_);
    fd_ = Fd(::signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!fd_) {
        throwErrno("create", "a signal descriptor");
    }
    if (const int error = ::pthread_sigmask(SIG_BLOCK, &mask, nullptr); error != 0) {
        throwErrno("block", "signals", error);
    }
}

SignalSet::~SignalSet() {
    const sigset_t mask = maskOf(signals_);
    ::pthread_sigmask(SIG_UNBLOCK, &mask, nullptr);
}

std::optional<int> SignalSet::next(std::chrono::milliseconds limit) {
    pollfd poll{fd_.get(), POLLIN, 0};
    const int ready = ::poll(&poll, 1, limit.count() < 0 ? -1 : static_cast<int>(limit.count()));
    if (ready < 0 && errno != EINTR) {
        throwErrno("wait for", "signals");
    }
    signalfd_siginfo info{};
    if (ready <= 0 || ::read(fd_.get(), &info, sizeof info) != sizeof info) {
        return std::nullopt;
    }
    return static_cast<int>(info.ssi_signo);
}

void SignalSet::throwIfPending() {
    if (const auto number = next(std::chrono::milliseconds(0))) {
        throw Interrupted(*number);
    }
}

void throwIfPending(SignalSet* stop) {
    if (stop != nullptr) {
        stop->throwIfPending();
    }
}

std::function<void()> interruptedBy(SignalSet* stop) {
    if (stop == nullptr) {
        return {};
    }
    return [stop] { stop->throwIfPending(); };
}

} // namespace host
