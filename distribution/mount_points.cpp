#include "distribution/mount_points.h"

#include "host/base/error.h"

#include <fcntl.h>
#include <fmt/format.h>

namespace distribution {

namespace {

/// /tmp gets the sources, /proc and /dev are what programs ask for.
constexpr std::string_view kMounted[] = {"/tmp", "/proc", "/dev"};

/// What is in the place of a directory.
std::string whatIs(const host::Rooted& root, const std::filesystem::path& inside) {
    if (root.exists(inside)) {
        return "no directory";
    }
    std::error_code noLink;
    const auto target = std::filesystem::read_symlink(root.onHost(inside), noLink);
    return noLink ? "missing"
                  : fmt::format("a link to {}, which is missing there", target.string());
}

} // namespace

std::filesystem::path mountPointIn(const host::Rooted& root, const std::filesystem::path& inside) {
    const auto resolved = root.resolve(inside);
    if (!resolved || !root.openIfThere(*resolved, O_PATH | O_DIRECTORY)) {
        throw host::Error(
            host::Fault::Usage,
            fmt::format("{} cannot be built in: its {} is {}", root.path().string(),
                        inside.string(), whatIs(root, inside)),
            fmt::format("Make an empty directory {} there.", root.onHost(inside).string()));
    }
    return root.onHost(*resolved);
}

void requireMountPoints(const host::Rooted& root) {
    for (const std::filesystem::path directory : kMounted) {
        static_cast<void>(mountPointIn(root, directory));
    }
}

} // namespace distribution
