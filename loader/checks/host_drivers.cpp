#include "loader/checks/host_drivers.h"

#include "host/base/directories.h"
#include "host/base/error.h"
#include "host/base/file.h"
#include "host/base/printable.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <set>
#include <sstream>
#include <sys/stat.h>

namespace loader {

namespace {

namespace fs = std::filesystem;

constexpr const char* kUnit = "nvidia.service";
constexpr std::size_t kLargestList = 1 << 20;
constexpr const char* kMask = "On the host: systemctl mask --now nvidia.service.";
/// The PID namespace that the kernel starts with (include/linux/proc_ns.h: PROC_PID_INIT_INO).
constexpr const char* kFirstPidNamespace = "pid:[4026531836]";

/// systemd's, the first counts (systemd.unit(5)).
constexpr const char* kUnitDirectories[] = {"etc/systemd/system", "run/systemd/system",
                                            "usr/local/lib/systemd/system",
                                            "usr/lib/systemd/system", "lib/systemd/system"};
constexpr const char* kGenerators[] = {"run/systemd/generator.early", "run/systemd/generator",
                                       "run/systemd/generator.late"};
/// systemd-sysext(8); Flatcar links the enabled ones into the first.
constexpr const char* kExtensions[] = {"etc/extensions", "run/extensions", "var/lib/extensions",
                                       "usr/local/lib/extensions"};

bool isThere(const fs::path& path) {
    std::error_code none;
    return fs::exists(fs::symlink_status(path, none));
}

std::vector<std::string> namesIn(const fs::path& directory) {
    std::vector<std::string> names;
    for (const fs::path& entry : host::entriesOf(directory)) {
        names.push_back(entry.filename().string());
    }
    return names;
}

bool isSame(const fs::path& one, const fs::path& other) {
    struct stat first {};
    struct stat second {};
    return ::stat(one.c_str(), &first) == 0 && ::stat(other.c_str(), &second) == 0 &&
           first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

struct Unit {
    bool there = false;
    bool masked = false;
    bool untilReboot = false; ///< the mask
    bool enabled = false;
    bool hasRun = false; ///< or runs
};

/// A link to /dev/null, which must not be followed into our own /dev, or an empty file.
bool isMask(const fs::path& file) {
    std::error_code none;
    if (fs::is_symlink(fs::symlink_status(file, none))) {
        return fs::read_symlink(file, none) == "/dev/null";
    }
    return fs::is_regular_file(file, none) && fs::file_size(file, none) == 0;
}

/// As a link in TARGET.wants and its like.
bool isWanted(const fs::path& directory) {
    return std::ranges::any_of(namesIn(directory), [&](const std::string& name) {
        return (name.ends_with(".wants") || name.ends_with(".requires") ||
                name.ends_with(".upholds")) &&
               isThere(directory / name / kUnit);
    });
}

Unit lookAtUnit(const fs::path& root) {
    Unit unit;
    for (const char* directory : kUnitDirectories) {
        const auto file = root / directory / kUnit;
        if (!unit.there && isThere(file)) {
            unit.there = true;
            unit.masked = isMask(file);
            unit.untilReboot = unit.masked && std::string_view(directory).starts_with("run/");
        }
        unit.enabled = unit.enabled || isWanted(root / directory);
    }
    for (const char* directory : kGenerators) {
        unit.enabled = unit.enabled || isWanted(root / directory);
    }
    // systemd keeps the link while the unit is active, also after its processes have ended.
    unit.hasRun = isThere(root / "run/systemd/units" / (std::string("invocation:") + kUnit)) ||
                  isThere(root / "sys/fs/cgroup/system.slice" / kUnit);
    return unit;
}

void checkUnit(const Unit& unit, Findings& findings) {
    const auto warn = [&](const std::string& text, const std::string& remedy) {
        findings.push_back({Severity::Warning, "host", text, remedy});
    };
    if (!unit.masked && (unit.enabled || unit.hasRun)) {
        warn(fmt::format("nvidia.service is {}: it builds and loads another driver, again after "
                         "each reboot",
                         !unit.enabled ? "active"
                         : unit.hasRun ? "enabled and active"
                                       : "enabled"),
             kMask);
    } else if (unit.hasRun) {
        warn("nvidia.service is masked, but has run since the boot: its driver may be loaded",
             "On the host: systemctl stop nvidia.service; or reboot.");
    } else if (unit.untilReboot) {
        warn("nvidia.service is masked until the next reboot only", kMask);
    } else if (unit.there) {
        findings.push_back(
            {Severity::Good, "host",
             unit.masked ? "nvidia.service is masked" : "nvidia.service is not enabled"});
    }
}

/// /opt/nvidia/<driver>/<kernel>.
void checkBuilds(const fs::path& root, const Unit& unit, Findings& findings) {
    std::vector<std::string> builds;
    for (const std::string& name : namesIn(root / "opt/nvidia")) {
        builds.push_back(host::printable(name));
    }
    if (!builds.empty()) {
        findings.push_back(
            {unit.masked ? Severity::Good : Severity::Warning, "host",
             fmt::format("/opt/nvidia holds what nvidia.service has built: {}",
                         fmt::join(builds, ", ")),
             unit.masked ? "" : fmt::format("{} Then /opt/nvidia can be removed.", kMask)});
    }
}

/// nvidia-drivers-570-open and the like; not nvidia-runtime, which is the container toolkit.
bool bringsDriver(const std::string& extension) {
    return extension.find("nvidia") != std::string::npos &&
           extension.find("nvidia-runtime") == std::string::npos &&
           extension.find("container") == std::string::npos;
}

/// Lines of Flatcar's list; '#' starts a comment, '-' switches one off.
std::set<std::string> enabledExtensions(const fs::path& root) {
    std::set<std::string> enabled;
    const auto list =
        host::readRegularFileIfExists(root / "etc/flatcar/enabled-sysext.conf", kLargestList);
    std::istringstream lines(list.value_or(""));
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string name;
        if (words >> name && !name.starts_with('#') && !name.starts_with('-') &&
            bringsDriver(name)) {
            enabled.insert(name);
        }
    }
    return enabled;
}

void checkExtensions(const fs::path& root, Findings& findings) {
    const auto warn = [&](const std::string& name, const std::string& how,
                          const std::string& remedy) {
        findings.push_back({Severity::Warning, "host",
                            fmt::format("the system extension {} is {}: it brings another driver",
                                        host::printable(name), how),
                            remedy});
    };
    for (const std::string& name : enabledExtensions(root)) {
        warn(name, "enabled",
             fmt::format("On the host: take the line {} out of /etc/flatcar/enabled-sysext.conf, "
                         "and reboot.",
                         host::printable(name)));
    }
    for (const char* directory : kExtensions) {
        for (const std::string& name : namesIn(root / directory)) {
            if (bringsDriver(name)) {
                warn(name, fmt::format("in /{}", directory),
                     "On the host: remove it there, and reboot.");
            }
        }
    }
    constexpr std::string_view kRelease = "extension-release.";
    for (const std::string& name : namesIn(root / "usr/lib/extension-release.d")) {
        if (name.starts_with(kRelease) && bringsDriver(name)) {
            warn(name.substr(kRelease.size()), "merged",
                 "On the host: switch it off (/etc/flatcar/enabled-sysext.conf, /etc/extensions), "
                 "and reboot.");
        }
    }
}

} // namespace

std::optional<fs::path> hostRoot(const host::Roots& roots) {
    std::error_code none;
    const auto first = roots.proc / "1/root";
    // Or a host that is a container itself; not a Kubernetes pod's pause container.
    const bool isHost =
        fs::read_symlink(roots.proc / "self/ns/pid", none) == kFirstPidNamespace ||
        (!isSame(first / ".", roots.root) && fs::is_directory(first / "run/systemd/system", none));
    if (isHost && fs::is_directory(first / "etc", none)) {
        return first;
    }
    const auto mounted = roots.root / "host";
    return fs::is_directory(mounted / "etc", none) && fs::is_directory(mounted / "usr", none)
               ? std::optional(mounted)
               : std::nullopt;
}

Findings checkHostDrivers(const std::string& osId, const host::Roots& roots) {
    Findings findings;
    const auto root = hostRoot(roots);
    if (!root) {
        if (osId == "flatcar") {
            findings.push_back(
                {Severity::Warning, "host",
                 "whether nvidia.service or a system extension loads another driver cannot be "
                 "seen from here",
                 "Run the container with --pid=host, or with -v /:/host:ro."});
        }
        return findings;
    }
    const Unit unit = lookAtUnit(*root);
    checkUnit(unit, findings);
    checkBuilds(*root, unit, findings);
    try {
        checkExtensions(*root, findings);
    } catch (const host::Error& error) {
        findings.push_back({Severity::Warning, "host", error.what(), error.remedy()});
    }
    return findings;
}

} // namespace loader
