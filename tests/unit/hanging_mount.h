/// A file system whose server hangs: who asks it for anything waits until the mount is gone, and
/// not even SIGKILL ends that, because the server has taken the request (FUSE).
#pragma once

#include "host/base/fd.h"
#include "tests/unit/temporary.h"

#include <atomic>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/fuse.h>
#include <poll.h>
#include <sys/mount.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace tests {

class HangingMount {
  public:
    HangingMount()
        : path_(directory_.path() / "mount"), device_(::open("/dev/fuse", O_RDWR | O_CLOEXEC)) {
        const auto options =
            fmt::format("fd={},rootmode=40000,user_id=0,group_id=0,allow_other", device_.get());
        isThere_ =
            device_ && std::filesystem::create_directory(path_) &&
            ::mount("hanging", path_.c_str(), "fuse", MS_NOSUID | MS_NODEV, options.c_str()) == 0;
        if (isThere_) {
            server_ = std::thread([this] { serve(); });
        }
    }
    HangingMount(const HangingMount&) = delete;
    HangingMount& operator=(const HangingMount&) = delete;
    HangingMount(HangingMount&&) = delete;
    HangingMount& operator=(HangingMount&&) = delete;
    ~HangingMount() {
        isEnding_ = true;
        if (isThere_) {
            server_.join();
            ::umount2(path_.c_str(), MNT_DETACH);
        }
    }

    /// False: this user may not mount, or the kernel has no FUSE.
    [[nodiscard]] explicit operator bool() const { return isThere_; }
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  private:
    /// Answers the kernel's greeting, and nothing else.
    void serve() const {
        constexpr int kPauseMilliseconds = 10;
        std::vector<char> buffer(FUSE_MIN_READ_BUFFER * 2);
        while (!isEnding_) {
            pollfd polled{device_.get(), POLLIN, 0};
            if (::poll(&polled, 1, kPauseMilliseconds) <= 0 ||
                ::read(device_.get(), buffer.data(), buffer.size()) <= 0) {
                continue;
            }
            const auto& request = *reinterpret_cast<const fuse_in_header*>(buffer.data());
            if (request.opcode == FUSE_INIT) {
                struct {
                    fuse_out_header header{};
                    fuse_init_out body{};
                } answer;
                answer.header = {sizeof answer, 0, request.unique};
                answer.body.major = FUSE_KERNEL_VERSION;
                answer.body.minor = FUSE_KERNEL_MINOR_VERSION;
                answer.body.max_write = FUSE_MIN_READ_BUFFER / 2;
                static_cast<void>(::write(device_.get(), &answer, sizeof answer) < 0);
            }
        }
    }

    Directory directory_; // outlives the mount, which others' tests must not meet in theirs
    std::filesystem::path path_;
    host::Fd device_; // the last one that is closed ends all waiting
    bool isThere_ = false;
    std::atomic<bool> isEnding_ = false;
    std::thread server_;
};

} // namespace tests
