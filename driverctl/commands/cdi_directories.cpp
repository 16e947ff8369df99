#include "driverctl/commands/cdi_directories.h"

#include "driverctl/report/log.h"
#include "toolkit/cdi/directories.h"
#include "toolkit/rootless/podman_facts.h"

#include <algorithm>

namespace driverctl {

namespace fs = std::filesystem;

Argument directoriesArgument() {
    return {.name = "spec-dir",
            .flags = "--spec-dir",
            .placeholder = "DIR",
            .help = "CDI directory, the most important one last; default: /etc/cdi, /var/run/cdi, "
                    "and those that podman is configured with",
            .isInput = true,
            .most = kAnyNumber};
}

std::vector<fs::path> directoriesIn(const Arguments& arguments) {
    const auto& words = arguments.words("spec-dir");
    return words.empty() ? withDirectoriesOfPodman(toolkit::cdi::defaultDirectories(), "/")
                         : std::vector<fs::path>(words.begin(), words.end());
}

std::vector<fs::path> withDirectoriesOfPodman(std::vector<fs::path> standard, const fs::path& root,
                                              const toolkit::rootless::Environment& environment) {
    host::Roots roots;
    roots.root = root;
    roots.etc = root / "etc";
    const auto podman = toolkit::rootless::gatherPodman(environment, roots);
    if (!podman.confError.empty()) {
        logWarning(podman.confError);
    }
    const auto own = toolkit::cdi::defaultDirectories(root);
    for (const fs::path& directory : podman.cdiDirectories) {
        const fs::path seen = root / directory.relative_path();
        const bool isKnown =
            std::ranges::count(own, directory) + std::ranges::count(own, seen) != 0 ||
            std::ranges::any_of(standard, [&seen](const fs::path& other) {
                return toolkit::cdi::isSameDirectory(other, seen);
            });
        if (!isKnown) {
            standard.push_back(seen);
        }
    }
    return standard;
}

} // namespace driverctl
