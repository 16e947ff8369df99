#include "toolkit/hooks/device_cgroup.h"

#include "host/base/error.h"
#include "host/base/fd.h"
#include "host/base/file.h"
#include "host/base/text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility>

namespace fs = std::filesystem;

namespace toolkit {

namespace {

constexpr const char* kController = "devices";
constexpr const char* kOwnGroup = "the container's control group";

/// Where the group lies below the mount; nothing where the mount does not show it.
std::optional<fs::path> shownBy(const host::MountInfo& mount, const fs::path& group) {
    const auto below = group.lexically_relative(mount.root);
    if (below.empty() || *below.begin() == "..") {
        return std::nullopt;
    }
    return (mount.target / below).lexically_normal();
}

template <typename IsIt>
std::optional<fs::path> directoryOf(const fs::path& group,
                                    const std::vector<host::MountInfo>& mounts, const IsIt& isIt) {
    for (const auto& mount : mounts) {
        if (const auto found = isIt(mount) ? shownBy(mount, group) : std::nullopt) {
            return found;
        }
    }
    return std::nullopt;
}

bool hasWord(const std::string& list, std::string_view word) {
    return std::ranges::count(host::split(list, ','), word) != 0;
}

void allowInList(const fs::path& directory, const std::vector<DeviceNumber>& devices) {
    if (host::readLineIfExists(directory / "devices.list") == "a *:* rwm") {
        return;
    }
    for (const auto& [major, minor] : devices) {
        host::writeKernelFile(directory / "devices.allow", fmt::format("c {}:{} rw", major, minor));
    }
}

long callBpf(bpf_cmd command, bpf_attr& attributes) {
    return ::syscall(SYS_bpf, command, &attributes, sizeof attributes);
}

std::uint64_t address(const void* pointer) {
    return reinterpret_cast<std::uintptr_t>(pointer);
}

/// The control group, whose programs are of the type "device" alone.
class DevicePrograms {
  public:
    DevicePrograms(host::Fd directory, std::string name)
        : directory_(std::move(directory)), name_(std::move(name)) {
        constexpr std::uint32_t kMost = 64; // BPF_CGROUP_MAX_PROGS
        ids_.resize(kMost);
        bpf_attr query{};
        query.query.target_fd = static_cast<std::uint32_t>(directory_.get());
        query.query.attach_type = BPF_CGROUP_DEVICE;
        query.query.prog_ids = address(ids_.data());
        query.query.prog_cnt = kMost;
        if (callBpf(BPF_PROG_QUERY, query) != 0) {
            fail("ask for the device programs of");
        }
        ids_.resize(query.query.prog_cnt);
        flags_ = query.query.attach_flags;
    }

    void allow(const std::vector<DeviceNumber>& devices) const {
        for (const std::uint32_t id : ids_) {
            const host::Fd before = program(id);
            replace(before, load(allowing(devices, instructionsOf(before))));
        }
    }

  private:
    [[noreturn]] void fail(std::string_view operation) const { host::throwErrno(operation, name_); }

    [[nodiscard]] host::Fd program(std::uint32_t id) const {
        bpf_attr attributes{};
        attributes.prog_id = id;
        host::Fd found(static_cast<int>(callBpf(BPF_PROG_GET_FD_BY_ID, attributes)));
        if (!found) {
            fail("open a device program of");
        }
        return found;
    }

    [[nodiscard]] bpf_prog_info infoOf(const host::Fd& program, bpf_prog_info info) const {
        bpf_attr attributes{};
        attributes.info.bpf_fd = static_cast<std::uint32_t>(program.get());
        attributes.info.info_len = sizeof info;
        attributes.info.info = address(&info);
        if (callBpf(BPF_OBJ_GET_INFO_BY_FD, attributes) != 0) {
            fail("read a device program of");
        }
        return info;
    }

    /// As the verifier left them: it translates nothing in programs of this type.
    [[nodiscard]] std::vector<bpf_insn> instructionsOf(const host::Fd& program) const {
        const std::uint32_t size = infoOf(program, {}).xlated_prog_len;
        std::vector<bpf_insn> instructions(size / sizeof(bpf_insn));
        bpf_prog_info wanted{};
        wanted.xlated_prog_len = size;
        wanted.xlated_prog_insns = address(instructions.data());
        // Without its address the kernel does not let this user see them.
        if (size == 0 || infoOf(program, wanted).xlated_prog_insns == 0) {
            errno = EPERM;
            fail("read a device program of");
        }
        return instructions;
    }

    [[nodiscard]] host::Fd load(const std::vector<bpf_insn>& instructions) const {
        constexpr const char* kLicense = "Apache-2.0"; // no helper is called that asks for more
        bpf_attr attributes{};
        attributes.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
        attributes.insns = address(instructions.data());
        attributes.insn_cnt = static_cast<std::uint32_t>(instructions.size());
        attributes.license = address(kLicense);
        host::Fd loaded(static_cast<int>(callBpf(BPF_PROG_LOAD, attributes)));
        if (!loaded) {
            fail("load a device program for");
        }
        return loaded;
    }

    /// In one step: no moment without a program. One that stands alone is replaced by the next.
    void replace(const host::Fd& before, const host::Fd& after) const {
        bpf_attr attributes{};
        attributes.target_fd = static_cast<std::uint32_t>(directory_.get());
        attributes.attach_bpf_fd = static_cast<std::uint32_t>(after.get());
        attributes.attach_type = BPF_CGROUP_DEVICE;
        attributes.attach_flags = flags_;
        if ((flags_ & BPF_F_ALLOW_MULTI) != 0) {
            attributes.attach_flags |= BPF_F_REPLACE;
            attributes.replace_bpf_fd = static_cast<std::uint32_t>(before.get());
        }
        if (callBpf(BPF_PROG_ATTACH, attributes) != 0) {
            fail("replace a device program of");
        }
    }

    host::Fd directory_;
    std::string name_;
    std::vector<std::uint32_t> ids_;
    std::uint32_t flags_ = 0;
};

/// One of the container's, which it began in: no mount shows where that lies.
bool isInCgroupNamespace(const fs::path& proc) {
    constexpr ino_t kFirst = 0xEFFFFFFB; // PROC_CGROUP_INIT_INO
    struct stat status {};
    return ::stat((proc / "self/ns/cgroup").c_str(), &status) == 0 && status.st_ino != kFirst;
}

/// cgroup v2, mounted where nobody sees it, begins with the namespace's own group.
host::Fd rootOfCgroupNamespace() {
    const host::Fd system(::fsopen("cgroup2", FSOPEN_CLOEXEC));
    if (!system || ::fsconfig(system.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0) {
        host::throwErrno("open", kOwnGroup);
    }
    const host::Fd mount(::fsmount(system.get(), FSMOUNT_CLOEXEC,
                                   MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC));
    host::Fd root(mount ? ::openat(mount.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1);
    if (!root) {
        host::throwErrno("open", kOwnGroup);
    }
    return root;
}

} // namespace

CgroupDirectories cgroupDirectories(std::string_view cgroups,
                                    const std::vector<host::MountInfo>& mounts) {
    CgroupDirectories found;
    for (const std::string& line : host::split(cgroups, '\n')) { // ID:CONTROLLERS:PATH
        const auto first = line.find(':');
        const auto second = first == std::string::npos ? first : line.find(':', first + 1);
        if (second == std::string::npos) {
            continue;
        }
        const auto controllers = line.substr(first + 1, second - first - 1);
        const fs::path group = line.substr(second + 1);
        if (controllers.empty()) {
            found.unified = directoryOf(group, mounts,
                                        [](const auto& mount) { return mount.type == "cgroup2"; });
        } else if (hasWord(controllers, kController)) {
            found.devices = directoryOf(group, mounts, [](const auto& mount) {
                return mount.type == "cgroup" && hasWord(mount.systemOptions, kController);
            });
        }
    }
    return found;
}

void allowDevices(pid_t pid, const std::vector<DeviceNumber>& devices, const fs::path& proc) {
    const auto process = pid == 0 ? "self" : std::to_string(pid);
    const auto groups =
        cgroupDirectories(host::readFile(proc / process / "cgroup"),
                          host::parseMountInfo(host::readFile(proc / "self/mountinfo")));
    if (groups.devices) {
        allowInList(*groups.devices, devices);
    }
    if (groups.unified) {
        DevicePrograms(host::openFile(*groups.unified, O_RDONLY | O_DIRECTORY),
                       groups.unified->string())
            .allow(devices);
    } else if (pid == 0 && isInCgroupNamespace(proc)) {
        DevicePrograms(rootOfCgroupNamespace(), kOwnGroup).allow(devices);
    }
}

} // namespace toolkit
