#include "distribution/directory.h"

#include "host/base/error.h"
#include "host/kernel/mount.h"

#include <deque>
#include <fmt/format.h>
#include <sys/mount.h>

namespace distribution {

namespace {

/// The directory with everything mounted below it, and a /tmp of its own on top.
class DirectoryEnvironment : public BuildEnvironment {
  public:
    DirectoryEnvironment(const std::filesystem::path& workDirectory,
                         const std::filesystem::path& directory, const Target& target) {
        const auto root = workDirectory / "build/root";
        std::filesystem::create_directories(root);
        mounts_.emplace_back(directory.string(), root, "none", MS_BIND | MS_REC);
        mounts_.emplace_back("tmpfs", root / "tmp", "tmpfs", 0UL, "mode=1777");
        if (directory != "/") {
            mounts_.emplace_back("/dev", root / "dev", "none", MS_BIND | MS_REC);
        }
        buildRoot_ = {.root = root,
                      .kernelBuild = fmt::format("/lib/modules/{}/build", target.kernel),
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

Target targetFrom(const host::KeyValues& osRelease, const std::string& kernel) {
    return {.osId = host::valueOf(osRelease, "ID"),
            .osRelease = host::valueOf(osRelease, "VERSION_ID"),
            .architecture = host::runningKernel().machine,
            .kernel = kernel};
}

class Directory : public Distribution {
  public:
    explicit Directory(std::filesystem::path workDirectory)
        : workDirectory_(std::move(workDirectory)) {}

    [[nodiscard]] std::optional<Target> detect(const Machine& machine) const override {
        return targetFrom(osReleaseOf(machine.root).value_or(host::KeyValues{}),
                          machine.kernel.release);
    }

    [[nodiscard]] bool claims(const TargetSettings& wanted) const override {
        return !wanted.buildRoot.empty();
    }

    [[nodiscard]] TargetSettings fullName(TargetSettings wanted) const override {
        const auto& root = wanted.buildRoot;
        const auto makefile =
            std::filesystem::path("lib/modules") / wanted.kernel / "build/Makefile";
        if (!std::filesystem::exists(root / "usr/bin/make") ||
            !std::filesystem::exists(root / makefile)) {
            throw host::Error(
                host::Fault::Usage,
                fmt::format("{} is no build root for kernel {}: usr/bin/make or {} is missing",
                            root.string(), wanted.kernel.empty() ? "(none given)" : wanted.kernel,
                            makefile.string()),
                "Install make, a compiler and the kernel's headers there, or name another kernel "
                "with {kernel}.");
        }
        return wanted;
    }

    [[nodiscard]] Target targetOf(const TargetSettings& release) const override {
        return targetFrom(
            host::readKeyValues(release.buildRoot / "etc/os-release").value_or(host::KeyValues{}),
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
