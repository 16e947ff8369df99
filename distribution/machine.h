/// A machine as distributions look at it, to tell whether it is one of theirs. Reads only.
#pragma once

#include "host/base/key_values.h"
#include "host/kernel/running_kernel.h"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace distribution {

struct Machine {
    std::filesystem::path root = "/"; ///< where its files lie
    host::KernelIdentity kernel = host::runningKernel();
};

/// os-release(5) of the machine whose files lie below `root`: host-etc/os-release, where a
/// container finds the host's, else etc/os-release or usr/lib/os-release. Nothing when there is
/// none.
std::optional<host::KeyValues> osReleaseOf(const std::filesystem::path& root);

} // namespace distribution
