/// Errors that stem from a container's root which lets nobody change it, rather than from a fault.
/// Pure.
#pragma once

#include "host/base/error.h"

#include <algorithm>
#include <array>

namespace toolkit {

/// It is read-only, the host's own, or a volume lies there; or this user may not.
inline bool isUnchangeable(const host::Error& error) {
    const auto* const cause = dynamic_cast<const host::SystemError*>(&error);
    constexpr std::array kCauses{EROFS, EXDEV, EACCES, EPERM};
    return cause != nullptr && std::ranges::find(kCauses, cause->code()) != kCauses.end();
}

} // namespace toolkit
