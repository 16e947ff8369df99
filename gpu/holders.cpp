#include "gpu/holders.h"

#include "gpu/functions.h"
#include "gpu/pods.h"
#include "host/base/directories.h"
#include "host/base/error.h"
#include "host/base/file.h"
#include "host/base/printable.h"
#include "host/base/text.h"
#include "host/kernel/character_devices.h"
#include "host/kernel/module.h"

#include <algorithm>
#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <sys/stat.h>

namespace gpu {

namespace {

/// Of a file of /proc/<pid>: the process may end while it is read.
std::string textOf(const std::filesystem::path& file) {
    try {
        return host::readLineIfExists(file).value_or("");
    } catch (const host::Error&) {
        return "";
    }
}

/// Tells the driver's nodes from other files.
class NodeTest {
  public:
    NodeTest(const std::filesystem::path& proc, std::filesystem::path sys) : sys_(std::move(sys)) {
        for (const auto& [name, major] :
             host::parseCharacterDevices(host::readFileIfExists(proc / "devices").value_or(""))) {
            if (name.starts_with("nvidia")) { // or nvidia-frontend, nvidia-uvm, nvidia-caps, …
                majors_.insert(major);
            } else if (name == "drm") {
                drm_ = major;
            }
        }
    }

    /// Follows links; nothing when it cannot be looked at. The network is not asked for a file that
    /// lies there: its server may be gone.
    [[nodiscard]] std::optional<bool> isNode(const std::filesystem::path& file) const {
        struct statx status {};
        if (::statx(AT_FDCWD, file.c_str(), AT_STATX_DONT_SYNC, STATX_TYPE, &status) != 0) {
            return std::nullopt;
        }
        return S_ISCHR(status.stx_mode) && isOurs(status.stx_rdev_major, status.stx_rdev_minor);
    }

  private:
    [[nodiscard]] bool isOurs(unsigned major, unsigned minor) const {
        if (major != drm_) {
            return majors_.contains(major);
        }
        std::error_code none;
        const auto driver = std::filesystem::read_symlink(
            sys_ / "dev/char" / fmt::format("{}:{}", major, minor) / "device/driver", none);
        return isNvidiasOwn(driver.filename().string());
    }

    std::filesystem::path sys_;
    std::set<unsigned> majors_;
    std::optional<unsigned> drm_;
};

/// The name of an open or mapped node, from /dev on where it says so: a node of a driver root that
/// is gone has lost the beginning of its name, and a removed one has " (deleted)" behind it.
std::string nodeName(const std::filesystem::path& target) {
    constexpr std::string_view kDeleted = " (deleted)";
    std::string name = target.string();
    if (name.ends_with(kDeleted)) {
        name.erase(name.size() - kDeleted.size());
    }
    const auto at = name.rfind("/dev/");
    return host::printable(at != std::string::npos ? name.substr(at)
                                                   : "/dev/" + name.substr(name.rfind('/') + 1));
}

std::string openNode(const std::filesystem::path& descriptors, const NodeTest& test) {
    for (const auto& fd : host::entriesOf(descriptors)) {
        if (test.isNode(fd).value_or(false)) {
            std::error_code closed;
            return nodeName(std::filesystem::read_symlink(fd, closed));
        }
    }
    return "";
}

/// The first thread, whose descriptors are those of the process, may have ended before the others.
std::string openNodeOfProcess(const std::filesystem::path& process, const NodeTest& test) {
    std::error_code gone;
    if (!std::filesystem::is_empty(process / "fd", gone) && !gone) {
        return openNode(process / "fd", test);
    }
    for (const auto& thread : host::entriesOf(process / "task")) {
        if (std::string node = openNode(thread / "fd", test); !node.empty()) {
            return node;
        }
    }
    return "";
}

/// Mapped files of all processes that were looked at already, by file system, inode and name.
using KnownFiles = std::map<std::string, bool>;

/// "7f00-7f01 rw-s 00000000 00:05 12  /dev/nvidiactl": map_files/7f00-7f01 leads to what is mapped.
/// Where it may not be followed, the name is looked up below the process' own root.
std::string mappedNode(const std::filesystem::path& process, const NodeTest& test,
                       KnownFiles& known) {
    std::ifstream maps(process / "maps");
    for (std::string line; std::getline(maps, line);) {
        std::istringstream fields(line);
        std::string range;
        std::string permissions;
        std::string offset;
        std::string device;
        std::string inode;
        fields >> range >> permissions >> offset >> device >> inode;
        const auto path = line.find('/');
        if (inode == "0" || path == std::string::npos) {
            continue;
        }
        const std::filesystem::path name = line.substr(path);
        const auto [file, isNew] =
            known.try_emplace(fmt::format("{} {} {}", device, inode, name.string()), false);
        if (isNew) {
            const auto node = test.isNode(process / "map_files" / range);
            file->second =
                node ? *node : test.isNode(process / "root" / name.relative_path()).value_or(false);
        }
        if (file->second) {
            return nodeName(name);
        }
    }
    return "";
}

/// The first driver node that the process has open or mapped. Processes come and go while we look:
/// what cannot be read is not there.
std::string nodeOf(const std::filesystem::path& process, const NodeTest& test, KnownFiles& known) {
    std::string node = openNodeOfProcess(process, test);
    return node.empty() ? mappedNode(process, test, known) : node;
}

} // namespace

Holders findHolders(const std::set<std::string>& ours, const std::set<pid_t>& except,
                    const std::filesystem::path& proc, const std::filesystem::path& sys) {
    Holders holders;
    const NodeTest test(proc, sys);
    KnownFiles known;
    std::error_code error;
    const auto entries = host::entriesOf(proc, error);
    if (error) {
        host::throwErrno("list", proc.string(), error.value());
    }
    for (const auto& entry : entries) {
        const auto pid = host::toNumber<pid_t>(entry.filename().string());
        if (!pid || except.contains(*pid)) {
            continue;
        }
        const std::string node = nodeOf(entry, test, known);
        if (!node.empty()) {
            const std::string cgroup = textOf(entry / "cgroup");
            holders.processes.push_back({.pid = *pid,
                                         .command = host::printable(textOf(entry / "comm")),
                                         .container = containerOf(cgroup),
                                         .pod = podOf(cgroup),
                                         .node = node});
        }
    }
    std::ranges::sort(holders.processes, {}, &ProcessHolder::pid);
    for (const std::string& name : ours) {
        const auto module = host::loadedModule(name, sys);
        for (const std::string& holder : module ? module->holders : std::vector<std::string>{}) {
            if (!ours.contains(holder)) {
                holders.modules.push_back(fmt::format("{} (uses {})", holder, name));
            }
        }
    }
    return holders;
}

std::string describe(const Holders& holders) {
    std::vector<std::string> users;
    for (const ProcessHolder& process : holders.processes) {
        const std::string& pod = process.podName.empty() ? process.pod : process.podName;
        users.push_back(
            fmt::format("process {} ({}{}{}) has {} open", process.pid, process.command,
                        process.container.empty() ? "" : ", container " + process.container,
                        pod.empty() ? "" : ", pod " + pod, process.node));
    }
    for (const std::string& module : holders.modules) {
        users.push_back("module " + module);
    }
    for (const std::string& references : holders.unseen) {
        users.push_back(references + ", of somebody who is not visible here");
    }
    return fmt::format("{}", fmt::join(users, ", "));
}

} // namespace gpu
