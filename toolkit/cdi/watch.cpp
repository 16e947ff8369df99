#include "toolkit/cdi/watch.h"

#include "host/base/directories.h"
#include "host/base/error.h"
#include "host/base/file.h"

#include <algorithm>
#include <cstdint>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include <vector>

namespace toolkit::cdi {

namespace fs = std::filesystem;

namespace {

std::optional<host::UeventSocket> deviceEvents() {
    try {
        return std::optional<host::UeventSocket>(std::in_place);
    } catch (const host::Error&) {
        return std::nullopt;
    }
}

std::string contentOf(const fs::path& file) {
    try {
        return host::readFileIfExists(file).value_or("");
    } catch (const host::Error&) { // it goes while it is read
        return {};
    }
}

/// What tells of GPUs and MIG devices below /proc/driver/nvidia: names, and what GPUs say of
/// themselves.
std::string readDriverState(const fs::path& driver) {
    std::string state;
    for (const fs::path& gpu : host::entriesOf(driver / "gpus")) {
        state += gpu.string() + contentOf(gpu / "information") + '\n';
    }
    for (const fs::path& entry : host::entriesBelow(driver / "capabilities")) {
        state += entry.string() + '\n';
    }
    return state;
}

bool isOfGpus(const fs::path& node) {
    const auto name = node.filename().string();
    return name.starts_with("nvidia") || name == "dri" || node.parent_path().filename() == "dri";
}

} // namespace

bool concernsGpus(const host::Uevent& event) {
    constexpr std::string_view kVendor = "10DE:";
    const auto property = [&event](std::string_view name) {
        const auto found = event.properties.find(name);
        return found == event.properties.end() ? std::string_view() : found->second;
    };
    const auto subsystem = property("SUBSYSTEM");
    return (subsystem == "pci" && property("PCI_ID").starts_with(kVendor)) || subsystem == "drm" ||
           event.device.find("nvidia") != std::string::npos;
}

Watch::Watch(const host::Roots& roots, std::vector<fs::path> sockets, WatchTimes times)
    : roots_(roots), times_(times), sockets_(std::move(sockets)), gpus_(deviceEvents()),
      timer_(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)),
      events_(::epoll_create1(EPOLL_CLOEXEC)) {
    if (!timer_ || !events_) {
        host::throwErrno("watch", "the GPUs");
    }
    watchDirectories();
    seen_ = look();
    poll(directories_.fd());
    poll(timer_.get());
    if (gpus_) {
        poll(gpus_->fd());
    }
    setTimer(times_.comparison);
}

/// Directories come with the first node in them; those that are watched stay so.
void Watch::watchDirectories() {
    directories_.add(roots_.dev);
    for (const auto* const below : {"nvidia-caps", "nvidia-caps-imex-channels", "dri"}) {
        directories_.add(roots_.dev / below);
    }
    for (const fs::path& socket : sockets_) {
        directories_.add(socket.parent_path());
    }
}

std::string Watch::look() const {
    std::string state = readDriverState(roots_.proc / "driver/nvidia");
    for (const fs::path& socket : sockets_) {
        std::error_code missing;
        if (fs::exists(fs::symlink_status(socket, missing))) {
            state += socket.string() + '\n';
        }
    }
    return state;
}

void Watch::poll(int fd) const {
    epoll_event event{};
    event.events = EPOLLIN;
    if (::epoll_ctl(events_.get(), EPOLL_CTL_ADD, fd, &event) != 0) {
        host::throwErrno("watch", "the GPUs");
    }
}

void Watch::setTimer(std::chrono::milliseconds due) const {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(due);
    itimerspec spec{};
    spec.it_value.tv_sec = seconds.count();
    spec.it_value.tv_nsec = std::chrono::nanoseconds(due - seconds).count();
    if (::timerfd_settime(timer_.get(), 0, &spec, nullptr) != 0) {
        host::throwErrno("set", "a timer");
    }
}

bool Watch::filesMoved() {
    const bool moved = std::ranges::any_of(directories_.take(), [this](const fs::path& path) {
        return isOfGpus(path) || std::ranges::find(sockets_, path) != sockets_.end();
    });
    if (moved) {
        watchDirectories();
    }
    return moved;
}

bool Watch::gpusMoved() {
    return gpus_ && std::ranges::any_of(gpus_->take(), concernsGpus);
}

bool Watch::changed() {
    const bool files = filesMoved();
    const bool gpus = gpusMoved();
    if (files || gpus) {
        isMoving_ = true;
        setTimer(times_.quiet);
        return false;
    }
    std::uint64_t expirations = 0;
    if (::read(timer_.get(), &expirations, sizeof(expirations)) <= 0) {
        return false;
    }
    setTimer(times_.comparison);
    auto now = look();
    const bool told = std::exchange(isMoving_, false);
    if (now == seen_) {
        return told;
    }
    seen_ = std::move(now);
    watchDirectories();
    return true;
}

} // namespace toolkit::cdi
