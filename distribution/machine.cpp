#include "distribution/machine.h"

namespace distribution {

std::optional<host::KeyValues> osReleaseOf(const std::filesystem::path& root) {
    for (const char* file : {"host-etc/os-release", "etc/os-release", "usr/lib/os-release"}) {
        if (auto values = host::readKeyValues(root / file)) {
            return values;
        }
    }
    return std::nullopt;
}

} // namespace distribution
