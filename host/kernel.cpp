#include "host/kernel.h"

#include "host/error.h"
#include "host/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace host {

namespace {

bool isExactly(const struct stat& status, const DeviceNode& node) {
    return S_ISCHR(status.st_mode) && status.st_rdev == node.number &&
           (status.st_mode & 07777U) == node.mode && status.st_uid == node.owner &&
           status.st_gid == node.group;
}

class SystemKernel : public Kernel {
  public:
    void insertModule(int fd, const std::string& parameters, const std::string& name) override {
        if (::syscall(SYS_finit_module, fd, parameters.c_str(), 0) != 0) {
            throwErrno("insert module", name);
        }
    }

    void removeModule(const std::string& name) override {
        if (::syscall(SYS_delete_module, name.c_str(), O_NONBLOCK) != 0) {
            throwErrno("remove module", name);
        }
    }

    void unbindDevice(const std::string& driver, const std::string& address) override {
        writeKernelFile(fmt::format("/sys/bus/pci/drivers/{}/unbind", driver), address);
    }
    void makeDeviceNode(const DeviceNode& node) override {
        struct stat status {};
        if (::lstat(node.path.c_str(), &status) == 0) {
            if (isExactly(status, node)) {
                return;
            }
            if (::unlink(node.path.c_str()) != 0) {
                throwErrno("replace", node.path.string());
            }
        }
        if (::mknod(node.path.c_str(), S_IFCHR | node.mode, node.number) != 0) {
            throwErrno("create device node", node.path.string());
        }
        // mknod obeys the umask; the mode has to be exactly what the driver asks for.
        if (::chmod(node.path.c_str(), node.mode) != 0 ||
            ::chown(node.path.c_str(), node.owner, node.group) != 0) {
            throwErrno("set mode and owner of", node.path.string());
        }
    }

    void bindRecursive(const std::filesystem::path& source,
                       const std::filesystem::path& target) override {
        if (::mount(source.c_str(), target.c_str(), nullptr, MS_BIND | MS_REC, nullptr) != 0) {
            throwErrno("bind " + source.string() + " to", target.string());
        }
    }

    void setPropagation(const std::filesystem::path& target, unsigned long flags) override {
        if (::mount(nullptr, target.c_str(), nullptr, flags, nullptr) != 0) {
            throwErrno("set the mount propagation of", target.string());
        }
    }

    void detach(const std::filesystem::path& target) override {
        if (::umount2(target.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) != 0) {
            throwErrno("unmount", target.string());
        }
    }
};

} // namespace

Kernel& systemKernel() {
    static SystemKernel kernel;
    return kernel;
}

} // namespace host
