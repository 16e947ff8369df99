/// The kernel's verbs that change a node, cut at the system call: the seam between the loader's
/// decisions and Linux.
///
/// systemKernel() is the real thing. A test gives another one to record the calls or to make one
/// fail. Every verb throws SystemError.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <sys/types.h>

namespace host {

struct DeviceNode {
    std::filesystem::path path;
    dev_t number = 0;
    mode_t mode = 0666; ///< permission bits only; the node is a character device
    uid_t owner = 0;
    gid_t group = 0;
};

class Kernel {
  public:
    virtual ~Kernel() = default;
    /// finit_module(2). EEXIST is reported as an error: the caller decides. Runs in a child that
    /// leaves the container's cgroup, where it can: a module whose init is hit by SIGKILL may break
    /// the kernel (nvidia-uvm 535 oopses when a kernel thread of its cannot be made), and container
    /// runtimes kill what is left in the cgroup of a container that was killed.
    virtual void insertModule(int fd, const std::string& parameters, const std::string& name) = 0;
    /// delete_module(2) with O_NONBLOCK: fails with EWOULDBLOCK when the module is in use.
    virtual void removeModule(const std::string& name) = 0;
    /// Takes the PCI function away from the driver (/sys/bus/pci/drivers/<driver>/unbind).
    virtual void unbindDevice(const std::string& driver, const std::string& address) = 0;
    /// mknod(2) + chmod + chown; a node that already is exactly that is left alone, anything else
    /// at that path is replaced.
    virtual void makeDeviceNode(const DeviceNode& node) = 0;
    /// mount(2) MS_BIND|MS_REC.
    virtual void bindRecursive(const std::filesystem::path& source,
                               const std::filesystem::path& target) = 0;
    /// mount(2) MS_PRIVATE, MS_SLAVE, MS_SHARED or MS_UNBINDABLE, or'ed with MS_REC where wanted.
    virtual void setPropagation(const std::filesystem::path& target, unsigned long flags) = 0;
    /// umount2(2) MNT_DETACH of the topmost mount at `target`.
    virtual void detach(const std::filesystem::path& target) = 0;
};

Kernel& systemKernel();

} // namespace host
