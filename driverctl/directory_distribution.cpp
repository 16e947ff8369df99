#include "driverctl/directory_distribution.h"

#include "host/base/error.h"
#include "host/kernel/mount.h"
#include "host/kernel/os_release.h"

#include <deque>
#include <fmt/format.h>
#include <sys/mount.h>

namespace driverctl {

namespace {

/// The directory with everything mounted below it, and a /tmp of its own on top.
class DirectoryEnvironment : public BuildEnvironment {
  public:
    DirectoryEnvironment(const Options& options, const precompile::PackageIdentity& identity) {
        const auto root = options.build.workDir / "build/root";
        std::filesystem::create_directories(root);
        mounts_.emplace_back(options.target.buildRoot.string(), root, "none", MS_BIND | MS_REC);
        mounts_.emplace_back("tmpfs", root / "tmp", "tmpfs", 0UL, "mode=1777");
        if (options.target.buildRoot != "/") {
            mounts_.emplace_back("/dev", root / "dev", "none", MS_BIND | MS_REC);
        }
        buildRoot_ = {.root = root,
                      .kernelBuild = fmt::format("/lib/modules/{}/build", identity.target.kernel),
                      .target = identity.target,
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

    [[nodiscard]] const distribution::BuildRoot& buildRoot() const override { return buildRoot_; }

  private:
    std::deque<host::MountPoint> mounts_;
    distribution::BuildRoot buildRoot_;
};

class DirectoryDistribution : public Distribution {
  public:
    DirectoryDistribution(const Options& options, precompile::PackageIdentity identity)
        : options_(options), identity_(std::move(identity)) {}

    [[nodiscard]] precompile::PackageIdentity identity() const override { return identity_; }

    [[nodiscard]] std::unique_ptr<BuildEnvironment>
    acquire(host::SignalSet& /*stop*/) const override {
        return std::make_unique<DirectoryEnvironment>(options_, identity_);
    }

  private:
    Options options_;
    precompile::PackageIdentity identity_;
};

std::string valueOf(const host::KeyValues& values, std::string_view key) {
    const auto found = values.find(key);
    return found == values.end() ? "" : found->second;
}

} // namespace

std::unique_ptr<Distribution> makeDirectoryDistribution(const Options& options) {
    const auto& root = options.target.buildRoot;
    const auto headers = root / "lib/modules" / options.target.kernel / "build";
    if (!std::filesystem::exists(root / "usr/bin/make") ||
        !std::filesystem::exists(headers / "Makefile")) {
        throw host::Error(
            host::Fault::Usage,
            fmt::format(
                "{} is no build root for kernel {}: usr/bin/make or {} is missing", root.string(),
                options.target.kernel.empty() ? "(none given)" : options.target.kernel,
                (std::filesystem::path("lib/modules") / options.target.kernel / "build/Makefile")
                    .string()),
            "Install make, a compiler and the kernel's headers there, or name another kernel with "
            "--kernel.");
    }
    const auto release = host::readKeyValues(root / "etc/os-release").value_or(host::KeyValues{});
    return std::make_unique<DirectoryDistribution>(
        options, identityFor({.osId = valueOf(release, "ID"),
                              .osRelease = valueOf(release, "VERSION_ID"),
                              .architecture = host::runningKernel().machine,
                              .kernel = options.target.kernel},
                             options.driver));
}

} // namespace driverctl
