#include "host/kernel/loop.h"

#include "host/base/error.h"

#include <cstring>
#include <fcntl.h>
#include <linux/loop.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

namespace host {

namespace {

constexpr int kAttempts = 64; ///< free devices that others took first
constexpr unsigned kLoopMajor = 7;

Fd openControl() {
    try {
        return openFile("/dev/loop-control", O_RDWR);
    } catch (const SystemError& error) {
        throw SystemError("open", "/dev/loop-control", error.code(),
                          "Load the kernel module 'loop' on the host, and run as root; in a "
                          "container, give it --privileged.");
    }
}

Fd openDevice(const std::filesystem::path& path, int number) {
    // Containers have a static /dev: a device that the kernel just made has no node there.
    if (::mknod(path.c_str(), S_IFBLK | 0600,
                ::makedev(kLoopMajor, static_cast<unsigned>(number))) != 0 &&
        errno != EEXIST) {
        throwErrno("create device node", path.string());
    }
    return openFile(path, O_RDONLY);
}

} // namespace

LoopDevice::LoopDevice(const std::filesystem::path& file, std::uint64_t offset,
                       std::uint64_t size) {
    const Fd backing = openFile(file, O_RDONLY);
    const Fd control = openControl();
    loop_config config{};
    config.fd = static_cast<unsigned>(backing.get());
    config.info.lo_offset = offset;
    config.info.lo_sizelimit = size;
    config.info.lo_flags = LO_FLAGS_READ_ONLY | LO_FLAGS_AUTOCLEAR;
    std::strncpy(reinterpret_cast<char*>(config.info.lo_file_name), file.filename().c_str(),
                 LO_NAME_SIZE - 1);
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
        const int number = ::ioctl(control.get(), LOOP_CTL_GET_FREE);
        if (number < 0) {
            throwErrno("find a free loop device for", file.string());
        }
        path_ = "/dev/loop" + std::to_string(number);
        fd_ = openDevice(path_, number);
        if (::ioctl(fd_.get(), LOOP_CONFIGURE, &config) == 0) {
            return;
        }
        if (errno != EBUSY) {
            throwErrno("attach to " + path_.string(), file.string());
        }
    }
    throw Error("cannot attach " + file.string() + ": every free loop device was taken by others");
}

} // namespace host
