#include "distribution/directory.h"

#include "distribution/kernel_trees.h"
#include "distribution/mount_points.h"
#include "distribution/program_machine.h"
#include "host/base/directories.h"
#include "host/base/error.h"
#include "host/base/rooted.h"
#include "host/kernel/mount.h"

#include <algorithm>
#include <deque>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/mount.h>

namespace distribution {

namespace {

constexpr std::size_t kLargestOsRelease = 1 << 20;
constexpr const char* kModules = "/lib/modules";
constexpr const char* kMake = "/usr/bin/make";
/// What compiling reads of a kernel's build tree.
constexpr std::string_view kNeeded[] = {"Makefile", ".config", "Module.symvers"};

/// As links have it that lead to it: in Debian lib/modules/K/build is one to /usr/src.
std::filesystem::path kernelBuildOf(const std::string& kernel) {
    return std::filesystem::path(kModules) / kernel / "build";
}

/// Why modules for the kernel cannot be compiled in the root; empty: they can.
std::string problemOf(const host::Rooted& root, const std::string& kernel) {
    if (!root.exists(kMake)) {
        return "usr/bin/make is missing";
    }
    if (kernel.empty()) {
        return "no kernel is named";
    }
    const auto build = kernelBuildOf(kernel);
    const auto inside = build.relative_path().string();
    const auto resolved = root.resolve(build);
    std::error_code noLink;
    const auto target = std::filesystem::read_symlink(root.onHost(build), noLink);
    if (!resolved) {
        return noLink
                   ? inside + " is missing"
                   : fmt::format("{} leads to {}, which is missing there", inside, target.string());
    }
    const auto lacking = std::ranges::find_if(
        kNeeded, [&](std::string_view file) { return !root.exists(*resolved / file); });
    return lacking == std::end(kNeeded)
               ? ""
               : fmt::format("{} is missing", (resolved->relative_path() / *lacking).string());
}

/// The directory with everything mounted below it, and a /tmp of its own on top.
class DirectoryEnvironment : public BuildEnvironment {
  public:
    DirectoryEnvironment(const std::filesystem::path& workDirectory,
                         const std::filesystem::path& directory, const Target& target) {
        const auto place = workDirectory / "build/root";
        host::makeDirectories(place, "Name a writable directory with {work-dir}.");
        mounts_.emplace_back(directory.string(), place, "none", MS_BIND | MS_REC);
        const host::Rooted root(place);
        mounts_.emplace_back("tmpfs", mountPointIn(root, "/tmp"), "tmpfs", 0UL, "mode=1777");
        if (directory != "/") {
            mounts_.emplace_back("/dev", mountPointIn(root, "/dev"), "none", MS_BIND | MS_REC);
        }
        buildRoot_ = {.root = place,
                      .kernelBuild = kernelBuildOf(target.kernel),
                      .target = target,
                      .digests = {}};
    }
    DirectoryEnvironment(const DirectoryEnvironment&) = delete;
    DirectoryEnvironment& operator=(const DirectoryEnvironment&) = delete;
    DirectoryEnvironment(DirectoryEnvironment&&) = delete;
    DirectoryEnvironment& operator=(DirectoryEnvironment&&) = delete;
    ~DirectoryEnvironment() override {
        while (!mounts_.empty()) {
            mounts_.pop_back();
        }
    }

    [[nodiscard]] const BuildRoot& buildRoot() const override { return buildRoot_; }

  private:
    std::deque<host::MountPoint> mounts_;
    BuildRoot buildRoot_;
};

/// Rolling releases have no VERSION_ID: Debian's sid has a code name, Arch a BUILD_ID. "linux" is
/// what os-release(5) says of a system without an ID.
Target targetFrom(const host::KeyValues& osRelease, const std::string& machine,
                  const std::string& kernel) {
    const auto id = host::valueOf(osRelease, "ID");
    const auto release =
        host::firstValueOf(osRelease, {"VERSION_ID", "VERSION_CODENAME", "BUILD_ID"});
    return {.osId = id.empty() ? "linux" : id,
            .osRelease = release.empty() ? "rolling" : release,
            .architecture = machine,
            .kernel = kernel};
}

class Directory : public Distribution {
  public:
    explicit Directory(std::filesystem::path workDirectory)
        : workDirectory_(std::move(workDirectory)) {}

    [[nodiscard]] std::optional<Target> detect(const Machine& machine) const override {
        return targetFrom(osReleaseOf(machine.root).value_or(host::KeyValues{}),
                          machine.kernel.machine, machine.kernel.release);
    }

    [[nodiscard]] bool claims(const TargetSettings& wanted) const override {
        return !wanted.buildRoot.empty();
    }

    [[nodiscard]] TargetSettings fullName(TargetSettings wanted) const override {
        if (!std::filesystem::is_directory(wanted.buildRoot)) {
            throw host::Error(
                host::Fault::Usage,
                fmt::format("{} is no directory to build in", wanted.buildRoot.string()),
                "Name a system's root directory with {build-root}.");
        }
        const host::Rooted root(wanted.buildRoot);
        if (const auto problem = problemOf(root, wanted.kernel); !problem.empty()) {
            const auto kernels = kernelsWithBuildTree(root, kModules);
            throw host::Error(
                host::Fault::Usage,
                fmt::format("{} is no build root for kernel {}: {}; it has build trees of {}",
                            root.path().string(),
                            wanted.kernel.empty() ? "(none given)" : wanted.kernel, problem,
                            kernels.empty() ? "no kernel"
                                            : fmt::format("{}", fmt::join(kernels, ", "))),
                "Install make, a compiler and the kernel's headers there, or name another kernel "
                "with {kernel}.");
        }
        requireMountPoints(root);
        return wanted;
    }

    [[nodiscard]] Target targetOf(const TargetSettings& release) const override {
        const host::Rooted root(release.buildRoot);
        auto text = root.read("/etc/os-release", kLargestOsRelease);
        if (!text) {
            text = root.read("/usr/lib/os-release", kLargestOsRelease);
        }
        // kbuild compiles for the machine that its programs are for.
        return targetFrom(host::parseKeyValues(text.value_or("")),
                          machineOfProgram(root, kMake).value_or(host::runningKernel().machine),
                          release.kernel);
    }

    [[nodiscard]] std::unique_ptr<BuildEnvironment>
    acquire(const TargetSettings& release, host::SignalSet& /*stop*/,
            const host::Observer& /*observer*/) const override {
        return std::make_unique<DirectoryEnvironment>(workDirectory_, release.buildRoot,
                                                      targetOf(release));
    }

  private:
    std::filesystem::path workDirectory_;
};

} // namespace

std::unique_ptr<Distribution> makeDirectory(std::filesystem::path workDirectory) {
    return std::make_unique<Directory>(std::move(workDirectory));
}

} // namespace distribution
