#include "flatcar/developer_environment.h"

#include "distribution/kernel_trees.h"
#include "distribution/mount_points.h"
#include "flatcar/image_identity.h"
#include "host/base/directories.h"
#include "host/base/error.h"
#include "host/kernel/partition.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/mount.h>

namespace flatcar {

namespace {

constexpr int kRootPartition = 9;
constexpr std::string_view kRootLabel = "ROOT";

/// Number and label decide: the type GUID changed over the years.
host::Partition findRootPartition(const std::filesystem::path& image) {
    const auto partitions = host::readPartitions(image);
    const auto found = std::ranges::find_if(partitions, [](const host::Partition& partition) {
        return partition.number == kRootPartition &&
               (partition.label == kRootLabel || partition.name == kRootLabel);
    });
    if (found == partitions.end()) {
        std::vector<std::string> seen;
        for (const auto& partition : partitions) {
            seen.push_back(fmt::format("{} '{}'", partition.number,
                                       partition.label.empty() ? partition.name : partition.label));
        }
        throw host::Error(
            fmt::format("{} is no Flatcar developer container: it has no partition {} "
                        "labelled {}, only {}",
                        image.string(), kRootPartition, kRootLabel, fmt::join(seen, ", ")),
            "Check what the mirror serves for this release.");
    }
    return *found;
}

struct KernelTree {
    std::string release;
    std::filesystem::path build; ///< inside the image
};

/// Every kernel with a build tree. Images before 3200 have usr/lib64/modules.
std::vector<KernelTree> findKernels(const std::filesystem::path& root) {
    std::vector<KernelTree> kernels;
    for (const std::filesystem::path modules : {"/usr/lib/modules", "/usr/lib64/modules"}) {
        for (const auto& release :
             distribution::kernelsWithBuildTree(host::Rooted(root), modules)) {
            if (std::ranges::find(kernels, release, &KernelTree::release) == kernels.end()) {
                kernels.push_back({release, modules / release / "build"});
            }
        }
    }
    return kernels;
}

KernelTree chooseKernel(const std::filesystem::path& root, const std::string& wanted,
                        const Release& release) {
    const auto kernels = findKernels(root);
    std::vector<std::string> names;
    for (const auto& kernel : kernels) {
        names.push_back(kernel.release);
    }
    if (wanted.empty() && kernels.size() == 1) {
        return kernels.front();
    }
    const auto found = std::ranges::find(kernels, wanted, &KernelTree::release);
    if (found == kernels.end()) {
        throw host::Error(
            fmt::format("the developer container of release {} holds the kernel {}, wanted is {}",
                        release.version,
                        names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", ")),
                        wanted.empty() ? "exactly one" : wanted),
            "Name the release that runs this kernel with {release}, or leave out {kernel}.");
    }
    return *found;
}

} // namespace

DeveloperEnvironment::DeveloperEnvironment(const DeveloperImage& image, const Release& release,
                                           const std::string& kernel,
                                           const std::filesystem::path& directory) {
    const auto base = directory / "build";
    for (const char* name : {"image", "layer", "root"}) {
        host::makeDirectories(base / name, "Name a writable directory with {work-dir}.");
    }
    const host::Partition partition = findRootPartition(image.file);
    {
        const host::LoopDevice device(image.file, partition.offset, partition.size);
        mounts_.emplace_back(device.path().string(), base / "image", partition.filesystem,
                             MS_RDONLY | MS_NODEV | MS_NOSUID);
    }
    mounts_.emplace_back("tmpfs", base / "layer", "tmpfs", 0UL, "mode=0755");
    mounts_.push_back(host::mountOverlay(base / "image", base / "layer", base / "root"));
    requireIdentity(base / "root", release);
    const KernelTree tree = chooseKernel(base / "root", kernel, release);
    const host::Rooted root(base / "root");
    mounts_.emplace_back("/dev", distribution::mountPointIn(root, "/dev"), "none",
                         MS_BIND | MS_REC);
    mounts_.emplace_back("sysfs", distribution::mountPointIn(root, "/sys"), "sysfs",
                         MS_RDONLY | MS_NODEV | MS_NOSUID | MS_NOEXEC);
    buildRoot_ = {.root = base / "root",
                  .kernelBuild = tree.build,
                  .target = {.osId = kOsId,
                             .osRelease = release.version,
                             .architecture = machineOf(release.board).value_or(""),
                             .kernel = tree.release},
                  .digests = image.digests};
}

DeveloperEnvironment::~DeveloperEnvironment() {
    while (!mounts_.empty()) {
        mounts_.pop_back();
    }
}

} // namespace flatcar
