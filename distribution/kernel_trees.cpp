#include "distribution/kernel_trees.h"

#include <fcntl.h>

namespace distribution {

std::vector<std::string> kernelsWithBuildTree(const host::Rooted& root,
                                              const std::filesystem::path& modules) {
    auto kernels = root.names(modules);
    std::erase_if(kernels, [&](const std::string& kernel) {
        return !root.openIfThere(modules / kernel / "build", O_PATH | O_DIRECTORY);
    });
    return kernels;
}

} // namespace distribution
