/// Everything that changes a node, verb by verb: the seam between decisions and Linux.
///
/// systemNodeActions() is the real thing. A test gives another one to record the calls, or to make
/// one of them fail. What a file, link or node needs of directories above it is made with it. Every
/// verb throws SystemError that names what it was about.
#pragma once

#include "host/base/fd.h"
#include "host/kernel/device_node.h"
#include "host/kernel/module_access.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace host {

class ModuleTree;

class NodeActions {
  public:
    virtual ~NodeActions() = default;

    /// What the kernel answers whoever would insert or remove a module. Changes nothing.
    virtual ModuleAccess moduleAccess() = 0;
    /// finit_module(2). EEXIST is reported as an error: the caller decides. Runs in a child that
    /// leaves the container's cgroup, where it can: a module whose init is hit by SIGKILL may break
    /// the kernel (nvidia-uvm 535 oopses when a kernel thread of its cannot be made), and container
    /// runtimes kill what is left in the cgroup of a container that was killed.
    virtual void insertModule(int fd, const std::string& parameters, const std::string& name) = 0;
    /// ModuleTree::load: a module of the host's own, with what it depends on. Loaded is fine.
    virtual void insertFromTree(ModuleTree& tree, const std::string& name) = 0;
    /// delete_module(2) with O_NONBLOCK: fails with EWOULDBLOCK when the module is in use.
    virtual void removeModule(const std::string& name) = 0;

    /// One write(2) into an existing file of /proc or /sys.
    virtual void writeParameter(const std::filesystem::path& file, std::string_view value) = 0;

    /// host::makeDeviceNode.
    virtual void makeDeviceNode(const DeviceNode& node) = 0;
    /// host::makeLink.
    virtual void makeLink(const std::filesystem::path& target,
                          const std::filesystem::path& link) = 0;
    virtual void makeDirectories(const std::filesystem::path& directory) = 0;
    /// host::writeFileAtomic: the old content or the new one, never part of it.
    virtual void writeFile(const std::filesystem::path& file, std::string_view content) = 0;
    /// A file, or a directory with all that is in it; what is there is overwritten.
    virtual void copy(const std::filesystem::path& from, const std::filesystem::path& to) = 0;
    /// unlink(2) of a file, a link or a node. Nothing there is fine.
    virtual void remove(const std::filesystem::path& file) = 0;
    /// host::setContext: of SELinux.
    virtual void setContext(const std::filesystem::path& file, const std::string& context) = 0;

    /// mount(2) MS_BIND|MS_REC.
    virtual void bindRecursive(const std::filesystem::path& source,
                               const std::filesystem::path& target) = 0;
    /// umount2(2) MNT_DETACH of the topmost mount at `target`.
    virtual void detach(const std::filesystem::path& target) = 0;
    /// A private copy of the mounts at and below `path`, attached nowhere: nobody else's unmount
    /// reaches it, and it is gone with the descriptor (open_tree, mount_setattr; Linux 5.12).
    virtual Fd cloneMounts(const std::filesystem::path& path) = 0;
    /// Attaches such a copy at `target`, for good; it propagates as a new mount there does.
    virtual void attachMounts(const Fd& mounts, const std::filesystem::path& target) = 0;
};

NodeActions& systemNodeActions();

/// Removes all of them, in that order; throws in the end for the first that could not be removed.
void removeAll(NodeActions& actions, const std::vector<std::filesystem::path>& files);

} // namespace host
