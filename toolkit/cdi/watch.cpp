#include "toolkit/cdi/watch.h"

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
    std::vector<std::string> lines;
    std::error_code gone;
    for (fs::directory_iterator entry(driver / "gpus", gone), end; !gone && entry != end;
         entry.increment(gone)) {
        lines.push_back(entry->path().string() + contentOf(entry->path() / "information"));
    }
    gone.clear();
    for (fs::recursive_directory_iterator entry(driver / "capabilities", gone), end;
         !gone && entry != end; entry.increment(gone)) {
        lines.push_back(entry->path().string());
    }
    std::ranges::sort(lines);
    std::string state;
    for (const auto& line : lines) {
        state += line + '\n';
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

Watch::Watch(const host::Roots& roots, WatchTimes times)
    : roots_(roots), times_(times), gpus_(deviceEvents()),
      timer_(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)),
      events_(::epoll_create1(EPOLL_CLOEXEC)) {
    if (!timer_ || !events_) {
        host::throwErrno("watch", "the GPUs");
    }
    watchNodes();
    seen_ = readDriverState(roots_.proc / "driver/nvidia");
    poll(nodes_.fd());
    poll(timer_.get());
    if (gpus_) {
        poll(gpus_->fd());
    }
    setTimer(times_.comparison);
}

/// Directories come with the first node in them; those that are watched stay so.
void Watch::watchNodes() {
    nodes_.add(roots_.dev);
    for (const auto* const below : {"nvidia-caps", "nvidia-caps-imex-channels", "dri"}) {
        nodes_.add(roots_.dev / below);
    }
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

bool Watch::nodesMoved() {
    const bool moved = std::ranges::any_of(nodes_.take(), isOfGpus);
    if (moved) {
        watchNodes();
    }
    return moved;
}

bool Watch::gpusMoved() {
    return gpus_ && std::ranges::any_of(gpus_->take(), concernsGpus);
}

bool Watch::changed() {
    const bool nodes = nodesMoved();
    const bool gpus = gpusMoved();
    if (nodes || gpus) {
        isMoving_ = true;
        setTimer(times_.quiet);
        return false;
    }
    std::uint64_t expirations = 0;
    if (::read(timer_.get(), &expirations, sizeof(expirations)) <= 0) {
        return false;
    }
    setTimer(times_.comparison);
    auto now = readDriverState(roots_.proc / "driver/nvidia");
    const bool told = std::exchange(isMoving_, false);
    return now != std::exchange(seen_, now) || told;
}

} // namespace toolkit::cdi
