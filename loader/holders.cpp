#include "loader/holders.h"

#include "host/character_devices.h"
#include "host/error.h"
#include "host/file.h"
#include "host/module.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <optional>
#include <regex>
#include <sys/stat.h>
#include <sys/sysmacros.h>

namespace loader {

namespace {

constexpr std::string_view kNodePrefix = "/dev/nvidia";

std::optional<pid_t> toPid(const std::string& name) {
    pid_t pid = 0;
    const char* end = name.data() + name.size();
    return std::from_chars(name.data(), end, pid).ptr == end ? std::optional(pid) : std::nullopt;
}

/// NVIDIA's majors: nvidia or nvidia-frontend, nvidia-uvm, nvidia-caps, nvidia-nvswitch, …
std::set<unsigned> nvidiaMajors(const std::filesystem::path& proc) {
    std::set<unsigned> majors;
    for (const auto& [name, major] :
         host::parseCharacterDevices(host::readFileIfExists(proc / "devices").value_or(""))) {
        if (name.starts_with("nvidia")) {
            majors.insert(major);
        }
    }
    return majors;
}

/// The node behind an open file, if it is one of the driver's. A node of a driver root that is gone
/// has lost the beginning of its name; its number tells.
std::string nodeBehind(const std::filesystem::path& fd, const std::set<unsigned>& majors) {
    std::error_code closed;
    const auto target = std::filesystem::read_symlink(fd, closed);
    const std::string name = target.string();
    if (const auto at = name.find(kNodePrefix); at != std::string::npos) {
        return name.substr(at);
    }
    struct stat status {};
    const bool ours = ::stat(fd.c_str(), &status) == 0 && S_ISCHR(status.st_mode) &&
                      majors.contains(::major(status.st_rdev));
    return ours ? "/dev/" + target.filename().string() : "";
}

/// The first driver node that the process has open or mapped. Processes come and go while we look:
/// what cannot be read is not there.
std::string nodeOf(const std::filesystem::path& process, const std::set<unsigned>& majors) {
    std::error_code gone;
    for (std::filesystem::directory_iterator fd(process / "fd", gone), end; !gone && fd != end;
         fd.increment(gone)) {
        if (std::string node = nodeBehind(fd->path(), majors); !node.empty()) {
            return node;
        }
    }
    std::string maps;
    try {
        maps = host::readFileIfExists(process / "maps").value_or("");
    } catch (const host::Error&) {
        return "";
    }
    const auto at = maps.find(kNodePrefix);
    return at == std::string::npos ? "" : maps.substr(at, maps.find_first_of(" \n", at) - at);
}

} // namespace

std::string containerOf(const std::string& cgroup) {
    static const std::regex id("[0-9a-f]{64}");
    std::smatch match;
    return std::regex_search(cgroup, match, id) ? match.str().substr(0, 12) : "";
}

std::string podOf(const std::string& cgroup) {
    static const std::regex id("pod([0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12})");
    std::smatch match;
    if (!std::regex_search(cgroup, match, id)) {
        return "";
    }
    std::string pod = match[1];
    std::ranges::replace(pod, '_', '-');
    return pod;
}

Holders findHolders(const std::set<std::string>& ours, const std::set<pid_t>& except,
                    const std::filesystem::path& proc, const std::filesystem::path& sys) {
    Holders holders;
    const auto majors = nvidiaMajors(proc);
    for (const auto& entry : std::filesystem::directory_iterator(proc)) {
        const auto pid = toPid(entry.path().filename().string());
        if (!pid || except.contains(*pid)) {
            continue;
        }
        const std::string node = nodeOf(entry.path(), majors);
        if (!node.empty()) {
            const auto cgroup = host::readLineIfExists(entry.path() / "cgroup").value_or("");
            holders.processes.push_back({*pid,
                                         host::readLineIfExists(entry.path() / "comm").value_or(""),
                                         containerOf(cgroup), podOf(cgroup), node});
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
        users.push_back(
            fmt::format("process {} ({}{}{}) has {} open", process.pid, process.command,
                        process.container.empty() ? "" : ", container " + process.container,
                        process.pod.empty() ? "" : ", pod " + process.pod, process.node));
    }
    for (const std::string& module : holders.modules) {
        users.push_back("module " + module);
    }
    for (const std::string& references : holders.unseen) {
        users.push_back(references + ", of somebody who is not visible here");
    }
    return fmt::format("{}", fmt::join(users, ", "));
}

} // namespace loader
